import { type Command, Option } from "commander";
import { riskBands } from "../../../schemas/cognitive-plan.ts";
import { finalPlanStatuses, openPlanStatuses } from "../../domain/plan-run.ts";
import type { Query } from "../api/client.ts";
import { addExamples } from "../examples.ts";
import { readCount, readMoment } from "../read-options.ts";
import { type PlanListPage, renderPlanList } from "../render/plan-list.ts";
import { answer, type CommandContext, type Run } from "../run-command.ts";

interface ListOptions {
	status?: string;
	open?: boolean;
	stage?: string;
	riskBand?: string;
	domain?: string;
	tenant?: string;
	orchestratorVersion?: string;
	createdAfter?: number;
	createdBefore?: number;
	sort?: string;
	order?: string;
	limit: number;
	cursor?: string;
	all?: boolean;
}

/** The service's default order is the latest progress first; at a terminal people look for stuck plans. */
const ownOrders: Record<string, string> = { progress: "asc" };
/** The largest page the service gives. */
const LARGEST_PAGE = 500;

/** `plans list`. */
export function addPlansList(plans: Command, run: Run): void {
	const list = plans
		.command("list")
		.description("plans, newest first")
		.addOption(
			new Option("--status <status>", "only plans of this status").choices([
				...openPlanStatuses,
				...finalPlanStatuses,
			]),
		)
		.option("--open", "only plans that have not ended")
		.option("--stage <stage>", "only plans in this stage")
		.addOption(
			new Option("--risk-band <band>", "only plans of this risk band").choices(
				riskBands,
			),
		)
		.option("--domain <domain>", "only plans of this domain")
		.option("--tenant <tenant>", "only plans of this tenant")
		.addOption(
			new Option(
				"--orchestrator-version <version>",
				"only plans that run under it",
			).choices(["V1", "V2"]),
		)
		.option("--created-after <time>", "a time, or how long ago: 2h", readMoment)
		.option("--created-before <time>", "a time, or how long ago", readMoment)
		.addOption(
			new Option(
				"--sort <by>",
				"created: newest first; slack: least slack first; progress: longest without progress first",
			).choices(["created", "slack", "progress"]),
		)
		.addOption(
			new Option(
				"--order <direction>",
				"asc: oldest or least first; desc: newest or most first (default: as the sort says)",
			).choices(["asc", "desc"]),
		)
		.option("--limit <count>", "plans a page", readCount, 50)
		.option("--cursor <cursor>", "where the page before ended")
		.option("--all", "every page");
	addExamples(list, {
		"plans list --open --sort progress": "what stands still, the longest first",
		"plans list --status RUNNING --sort slack":
			"what is running, the most urgent first",
		"plans list --created-after 2h --status FAILED --json":
			"what failed within two hours, for a program",
	}).action(
		run<ListOptions>(async (context, options) =>
			answer(await readPages(context, options), renderPlanList),
		),
	);
}

async function readPages(
	{ api, progress }: CommandContext,
	{ all, ...options }: ListOptions,
): Promise<PlanListPage> {
	const limit = all ? LARGEST_PAGE : options.limit;
	const query: Query = {
		status: options.status,
		open: options.open ? "true" : undefined,
		stage: options.stage,
		risk_band: options.riskBand,
		domain: options.domain,
		tenant: options.tenant,
		orchestrator_version: options.orchestratorVersion,
		created_after: options.createdAfter,
		created_before: options.createdBefore,
		sort: options.sort,
		order: options.order ?? ownOrders[options.sort ?? ""],
		limit,
	};
	const read = (cursor: string | undefined) =>
		api.get<PlanListPage>("/api/v1/plans", { ...query, cursor });
	const page = await read(options.cursor);
	const plans = [...page.plans];
	let next = page.next_cursor;
	while (all && next !== null) {
		progress.say(`reading plans, ${plans.length} so far`);
		const more = await read(next);
		plans.push(...more.plans);
		next = more.next_cursor;
	}
	return { ...page, plans, next_cursor: next };
}
