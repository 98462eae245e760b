import type { TicketDocument } from "../../../src/domain/documents.ts";
import type {
	Evidence,
	Finding,
	PlannedPlan,
	WorkflowRecord,
} from "../evidence.ts";

/** What had to be undone was undone, and nothing else: worked out here from the outcomes alone. */
export function checkCompensation({ plans, workflows }: Evidence): Finding[] {
	return plans.flatMap((plan) => {
		const record = workflows.find(
			({ workflowId }) => workflowId === `orch-${plan.planId}`,
		);
		return plan.expected === "run" &&
			record !== undefined &&
			record.plan !== null
			? checkPlan(plan, record)
			: [];
	});
}

function checkPlan({ planId }: PlannedPlan, record: WorkflowRecord): Finding[] {
	const own = record.tickets.filter((one) => one.task_type !== "COMPENSATE");
	const undoing = record.tickets.filter(
		(one) => one.task_type === "COMPENSATE",
	);
	const wanted =
		record.plan?.status === "FAILED" || record.plan?.status === "PARTIAL"
			? chooseUndone(own)
			: new Set<string>();
	const undone = Map.groupBy(undoing, ({ parameters }) =>
		String(parameters.original_ticket_id ?? ""),
	);
	const finding = (what: string): Finding => ({
		kind: "compensation",
		subject: planId,
		what,
	});
	const missing = [...wanted].filter((id) => !undone.has(id));
	const surplus = [...undone.keys()].filter((id) => !wanted.has(id));
	const twice = [...undone].filter(([, all]) => all.length > 1);
	const unmarked = own.filter(
		({ ticket_id, outcome }) =>
			undone.get(ticket_id)?.[0]?.outcome === "completed" &&
			outcome !== "compensated",
	);
	return [
		...missing.map((id) => finding(`ticket ${id} was not undone`)),
		...surplus.map((id) => finding(`ticket ${id} was undone without need`)),
		...twice.map(([id]) => finding(`ticket ${id} was undone twice`)),
		...unmarked.map(({ ticket_id }) =>
			finding(`ticket ${ticket_id} is undone and not marked so`),
		),
	];
}

/** Failed and timed out tickets and their completed predecessors, without what kept work rests on (protocol.md). */
function chooseUndone(tickets: readonly TicketDocument[]): Set<string> {
	const byId = new Map(tickets.map((ticket) => [ticket.ticket_id, ticket]));
	const failed = tickets.filter(hasFailed).map(({ ticket_id }) => ticket_id);
	const below = new Set<string>();
	const visit = (id: string) => {
		for (const next of byId.get(id)?.dependencies ?? []) {
			if (below.has(next)) continue;
			below.add(next);
			visit(next);
		}
	};
	failed.forEach(visit);
	const kept = new Set<string>();
	const keep = (id: string) => {
		if (kept.has(id)) return;
		kept.add(id);
		byId.get(id)?.dependencies.forEach(keep);
	};
	for (const ticket of tickets)
		if (hasCompleted(ticket) && !below.has(ticket.ticket_id))
			keep(ticket.ticket_id);
	const predecessors = tickets.filter(
		(ticket) =>
			below.has(ticket.ticket_id) &&
			hasCompleted(ticket) &&
			!kept.has(ticket.ticket_id),
	);
	return new Set([...failed, ...predecessors.map((one) => one.ticket_id)]);
}

/** An error message stays when a failed ticket was compensated. */
function hasFailed({
	outcome,
	error_message,
	published_at,
}: TicketDocument): boolean {
	if (published_at === null) return false;
	if (outcome === "failed" || outcome === "timed_out") return true;
	return outcome === "compensated" && error_message !== null;
}

function hasCompleted({ outcome, error_message }: TicketDocument): boolean {
	if (outcome === "completed") return true;
	return outcome === "compensated" && error_message === null;
}
