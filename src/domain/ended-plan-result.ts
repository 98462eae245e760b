import type { TelemetryFrame } from "../../schemas/telemetry-frame.ts";
import type { ConsolidatedResult } from "./consolidate.ts";
import type { DocumentWrite, PlanDocument } from "./documents.ts";
import { createFrame } from "./plan-document.ts";
import { revisionText } from "./revision.ts";
import { nameUuid } from "./ticket-ids.ts";
import type { PlanIdentity } from "./wire-ticket.ts";

/** The stored tickets of a plan, without replaced ones and compensations. */
export interface TicketSummary {
	/** Logical ids. */
	ticket_ids: string[];
	compensated: number;
	/** Sum of the reported durations. */
	total_duration_ms: number;
	/** Tickets that ended after their deadline. */
	sla_violations: number;
	/** The latest deadline; null when there are none. */
	sla_deadline: number | null;
}

/** A plan that was closed from outside its run. */
export interface ClosedPlan {
	plan: Omit<PlanDocument, "revision">;
	identity: PlanIdentity;
	/** Why. */
	reason: string;
	revision: string;
	/** Whether the plan had ended by itself. */
	wasDone: boolean;
	nowMs: number;
}

/**
 * The result and the frame that C5 and C6 would have written, under the same ids, so that readers recognise
 * repetitions. A result that C5 has stored stays; a plan whose C6 is done gets no frame. undefined: nothing
 * of the plan was ever executed.
 */
export function resultOfClosed(
	closed: ClosedPlan,
	summary: TicketSummary,
): { write: DocumentWrite; frame: TelemetryFrame | undefined } | undefined {
	const { plan, identity, revision, wasDone, nowMs } = closed;
	if (plan.tickets_generated === 0) return undefined;
	const id = roundOf(plan);
	const result = consolidated(closed, summary);
	const isTold = plan.steps.some(
		({ name, status }) => name === "C6" && status === "completed",
	);
	return {
		write: {
			collection: "workflow_results",
			_id: id,
			revision: wasDone ? revisionText(0) : revision,
			...(wasDone && { isNew: true }),
			fields: { ...identity, ...result, consolidated_at: nowMs },
		},
		frame: isTold
			? undefined
			: createFrame({
					frameId: nameUuid(`${id}/frame`),
					identity,
					result,
					steps: plan.steps,
					ticketIds: summary.ticket_ids,
					slaDeadline: summary.sla_deadline,
					auditHead: plan.audit_head ?? null,
					startedAt: startOf(plan),
					nowMs: plan.finished_at ?? nowMs,
				}),
	};
}

function consolidated(
	{ plan, reason, wasDone }: ClosedPlan,
	summary: TicketSummary,
): ConsolidatedResult {
	const { tickets_generated, tickets_completed, retries } = plan;
	return {
		status: plan.status as ConsolidatedResult["status"],
		consistent: wasDone,
		errors: [reason],
		metrics: {
			total_tickets: tickets_generated,
			successful_tickets: tickets_completed,
			failed_tickets: tickets_generated - tickets_completed,
			compensated_tickets: summary.compensated,
			total_duration_ms: summary.total_duration_ms,
			total_retries: retries,
			sla_violations: summary.sla_violations,
		},
	};
}

/** The round's id as in the plan's workflow. */
function roundOf({
	workflow_id,
	run_id,
	former_rounds = [],
}: ClosedPlan["plan"]): string {
	const last = former_rounds.at(-1);
	const chain = `${workflow_id}:${run_id}`;
	return last === undefined ? chain : `${chain}/${last.round + 1}`;
}

/** When the plan's newest round began, Unix epoch, ms. */
export function startOf({
	created_at,
	former_rounds,
	steps,
}: ClosedPlan["plan"]): number {
	if (former_rounds === undefined || former_rounds.length === 0)
		return created_at;
	const starts = steps
		.filter(({ name }) => name !== "C1" && name !== "C2")
		.map(({ started_at }) => started_at);
	return Math.min(...starts, former_rounds.at(-1)?.finished_at ?? Infinity);
}
