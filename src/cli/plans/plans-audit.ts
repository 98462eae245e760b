import type { Command } from "commander";
import { planPath } from "../api/client.ts";
import { addExamples } from "../examples.ts";
import { type AuditPage, renderAuditTrail } from "../render/audit-trail.ts";
import { answer, type CommandContext, type Run } from "../run-command.ts";

/** The largest page the service gives. */
const LARGEST_PAGE = 500;

/** `plans audit`. */
export function addPlansAudit(plans: Command, run: Run): void {
	const audit = plans
		.command("audit")
		.description("who did what to a plan, and how it came, oldest first")
		.argument("<plan-id>");
	addExamples(audit, {
		"plans audit deploy-42":
			"who handed it in, every command and approval; `audit verify` says whether the records hold",
	}).action(
		run(async (context, _options, [planId = ""]) =>
			answer(await readTrail(context, planId), renderAuditTrail),
		),
	);
}

async function readTrail(
	{ api, progress }: CommandContext,
	planId: string,
): Promise<AuditPage> {
	const read = (cursor: string | undefined) =>
		api.get<AuditPage>(planPath(planId, "/audit"), {
			limit: LARGEST_PAGE,
			cursor,
		});
	const page = await read(undefined);
	const records = [...page.records];
	let next = page.next_cursor;
	while (next !== null) {
		progress.say(`reading the audit trail, ${records.length} records so far`);
		const more = await read(next);
		records.push(...more.records);
		next = more.next_cursor;
	}
	return { ...page, records, next_cursor: null };
}
