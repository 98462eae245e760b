import type { TicketDocument } from "../../../src/domain/documents.ts";
import type {
	Evidence,
	Finding,
	PlannedPlan,
	TicketRecord,
} from "../evidence.ts";

/** Every ticket of every plan was published, each id and attempt once, and nothing else was. */
export function checkTickets(evidence: Evidence): Finding[] {
	const records = Map.groupBy(evidence.tickets, ({ planId }) => planId);
	const known = new Set(evidence.plans.map(({ planId }) => planId));
	const strangers = evidence.terms.foreignPlans
		? []
		: [...records.keys()]
				.filter((planId) => !known.has(planId) && !planId.startsWith("mutant"))
				.map((planId) => ({
					kind: "doubled" as const,
					subject: planId,
					what: "tickets of a plan that nobody sent",
				}));
	return [
		...strangers,
		...checkRepeats(evidence),
		...evidence.plans.flatMap((plan) =>
			checkPlan(evidence, plan, records.get(plan.planId) ?? []),
		),
	];
}

function checkRepeats({ tickets, terms }: Evidence): Finding[] {
	const byWire = Map.groupBy(tickets, ({ wireId }) => wireId);
	const repeated = terms.repeats
		? []
		: [...byWire].flatMap(([wireId, own]) =>
				own.length === 1
					? []
					: [doubled(wireId, `${own.length} records of one attempt`)],
			);
	const byAttempt = Map.groupBy(
		tickets,
		({ logicalId, attempt }) => `${logicalId} attempt ${attempt}`,
	);
	const twins = [...byAttempt].flatMap(([name, own]) => {
		const ids = new Set(own.map(({ wireId }) => wireId));
		return ids.size === 1
			? []
			: [doubled(name, `${ids.size} wire ids of one attempt`)];
	});
	return [...repeated, ...twins];
}

function checkPlan(
	{ workflows }: Evidence,
	plan: PlannedPlan,
	records: readonly TicketRecord[],
): Finding[] {
	const { planId, tasks, expected } = plan;
	if (expected !== "run")
		return records.length === 0
			? []
			: [doubled(planId, `${records.length} tickets, expected none`)];
	const record = workflows.find(
		({ workflowId }) => workflowId === `orch-${planId}`,
	);
	const tickets = record?.tickets ?? [];
	const own = tickets.filter(({ task_type }) => task_type !== "COMPENSATE");
	const byTask = Map.groupBy(own, ({ task_id }) => task_id);
	const wrongCounts = tasks.flatMap(({ task_id }) => {
		const count = byTask.get(task_id)?.length ?? 0;
		if (count === 1) return [];
		const what = `${count} tickets of task ${task_id}`;
		return [count === 0 ? lost(planId, what) : doubled(planId, what)];
	});
	const byLogical = Map.groupBy(records, ({ logicalId }) => logicalId);
	const unknown = [...byLogical.keys()]
		.filter((id) => !tickets.some(({ ticket_id }) => ticket_id === id))
		.map((id) => doubled(planId, `ticket ${id} is none of the plan's`));
	return [
		...wrongCounts,
		...unknown,
		...tickets.flatMap((ticket) =>
			checkTicket(plan, ticket, byLogical.get(ticket.ticket_id) ?? []),
		),
	];
}

/** What the plan says it published, against what is there. */
function checkTicket(
	{ planId, version }: PlannedPlan,
	ticket: TicketDocument,
	records: readonly TicketRecord[],
): Finding[] {
	const name = `ticket ${ticket.ticket_id} of task ${ticket.task_id}`;
	const present = new Set(records.map(({ attempt }) => attempt));
	if (ticket.outcome === "skipped" && version === "V2")
		return present.size === 0
			? []
			: [doubled(planId, `${name} was skipped and published`)];
	const wanted = Array.from({ length: ticket.attempt }, (_, at) => at + 1);
	const missing = wanted.filter((attempt) => !present.has(attempt));
	const surplus = [...present].filter((attempt) => attempt > ticket.attempt);
	return [
		...missing.map((attempt) =>
			lost(planId, `attempt ${attempt} of ${name} is not on the topic`),
		),
		...surplus.map((attempt) =>
			doubled(planId, `attempt ${attempt} of ${name} is one too many`),
		),
	];
}

function lost(subject: string, what: string): Finding {
	return { kind: "lost", subject, what };
}

function doubled(subject: string, what: string): Finding {
	return { kind: "doubled", subject, what };
}
