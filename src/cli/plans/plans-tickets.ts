import type { Command } from "commander";
import { planPath } from "../api/client.ts";
import { addExamples } from "../examples.ts";
import { readCount } from "../read-options.ts";
import { renderTickets, type TicketsPage } from "../render/tickets.ts";
import { answer, type CommandContext, type Run } from "../run-command.ts";

interface TicketOptions {
	limit: number;
	offset: string;
	all?: boolean;
}

/** The largest page the service gives. */
const LARGEST_PAGE = 1_000;

/** `plans tickets`. */
export function addPlansTickets(plans: Command, run: Run): void {
	const tickets = plans
		.command("tickets")
		.description("a plan's tickets, in its order")
		.argument("<plan-id>")
		.option("--limit <count>", "tickets a page", readCount, 100)
		.option("--offset <count>", "tickets to leave out before", "0")
		.option("--all", "every ticket");
	addExamples(tickets, {
		"plans tickets deploy-42": "each ticket with its state, worker and error",
		"plans tickets deploy-42 --all --json | jq -r '.tickets[] | select(.outcome == \"failed\") | .task_id'":
			"the tasks that failed",
	}).action(
		run<TicketOptions>(async (context, options, [planId = ""]) =>
			answer(await readTickets(context, planId, options), renderTickets),
		),
	);
}

async function readTickets(
	{ api, progress }: CommandContext,
	planId: string,
	{ all, limit, offset }: TicketOptions,
): Promise<TicketsPage> {
	const read = (from: number | string) =>
		api.get<TicketsPage>(planPath(planId, "/tickets"), {
			offset: from,
			limit: all ? LARGEST_PAGE : limit,
		});
	const page = await read(all ? 0 : offset);
	const tickets = [...page.tickets];
	let hasMore = page.has_more;
	while (all && hasMore) {
		progress.say(`reading tickets, ${tickets.length} of ${page.total}`);
		const more = await read(tickets.length);
		tickets.push(...more.tickets);
		hasMore = more.has_more && more.tickets.length > 0;
	}
	return { ...page, tickets, has_more: hasMore };
}
