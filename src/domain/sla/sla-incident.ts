import type { OrchestrationIncident } from "../../../schemas/orchestration-incident.ts";
import type { SlaViolation } from "../../../schemas/sla-violation.ts";
import { createIncident } from "../incident.ts";
import { firstWithin } from "../payload-limits.ts";
import { nameUuid } from "../ticket-ids.ts";
import type { PlanIdentity } from "../wire-ticket.ts";

/** A round of a plan that has ended. */
export interface EndedRound
	extends Pick<
		PlanIdentity,
		"workflow_id" | "plan_id" | "correlation_id" | "trace_id"
	> {
	/** Among the rounds of the plan. */
	name: string;
	/** Unix epoch, ms. */
	finished_at: number;
}

const MAX_EVIDENCE_TICKETS = 100;
const MAX_EVIDENCE_BYTES = 60_000;

/**
 * One incident for all these deadlines that a round of a plan exceeded, its own and its tickets'; undefined: none.
 * Of the same violations the same again, of others one with another id: a look may come before the last tickets
 * are stored.
 */
export function slaIncident(
	{ name, plan_id, finished_at, ...run }: EndedRound,
	violations: readonly SlaViolation[],
): OrchestrationIncident | undefined {
	const late = deadlinesExceeded(violations);
	if (late.length === 0) return undefined;
	const ofPlan = late.find(({ ticket_id }) => ticket_id === null);
	const ids = late.map(({ violation_id }) => violation_id);
	const told = nameUuid(ids.toSorted().join());
	const ofTickets = late.filter(({ ticket_id }) => ticket_id !== null);
	return createIncident(run, {
		...{
			occasion: `${name}/sla/${told}`,
			type: "SLA_VIOLATION",
			escalate: false,
		},
		details: late.map((one) => describe(plan_id, one)),
		affectedTickets: ofTickets.flatMap(({ ticket_id }) => ticket_id ?? []),
		evidence: JSON.stringify({
			plan: ofPlan === undefined ? null : timesOf(ofPlan),
			tickets: firstWithin(
				ofTickets.slice(0, MAX_EVIDENCE_TICKETS).map(timesOf),
				MAX_EVIDENCE_BYTES,
			),
		}),
		createdAt: finished_at,
	});
}

/** Those that an incident tells of: the plan's own first, then by how late they were. */
export function deadlinesExceeded(
	violations: readonly SlaViolation[],
): SlaViolation[] {
	return violations
		.filter(({ violation_type }) => violation_type === "DEADLINE_EXCEEDED")
		.sort(
			(a, b) =>
				Number(a.ticket_id !== null) - Number(b.ticket_id !== null) ||
				b.delay_ms - a.delay_ms ||
				(a.violation_id < b.violation_id ? -1 : 1),
		);
}

function describe(
	planId: string,
	{ ticket_id, delay_ms }: SlaViolation,
): string {
	const who = ticket_id === null ? `plan ${planId}` : `ticket ${ticket_id}`;
	return `${who} ended ${delay_ms} ms after its deadline`;
}

function timesOf({
	ticket_id,
	sla_deadline,
	actual_completion,
	delay_ms,
	metadata,
}: SlaViolation) {
	return {
		...(ticket_id !== null && { ticket_id }),
		...{ sla_deadline, actual_completion, delay_ms, ...metadata },
	};
}
