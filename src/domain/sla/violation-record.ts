import type { SlaViolation } from "../../../schemas/sla-violation.ts";
import { type BrokenTime, violationId } from "./violations.ts";

/** Whose time was not kept. Times are Unix epoch, ms. */
export interface ViolationSubject {
	/** Names it among all subjects: a ticket's id, or the plan's run. */
	name: string;
	workflow_id: string;
	plan_id: string;
	/** null: the plan as a whole. */
	ticket_id: string | null;
	sla_deadline: number;
	actual_completion: number;
	status: string;
	retry_count: number;
}

/** The records of what a subject broke; the same again whenever they are made. */
export function violationRecords(
	{ name, status, retry_count, ...subject }: ViolationSubject,
	broken: readonly BrokenTime[],
	service: { name: string; budgetRemaining: number | null },
): SlaViolation[] {
	return broken.map(({ type, delay_ms, duration_source }) => ({
		violation_id: violationId(name, type),
		event_type: "VIOLATION",
		violation_type: type,
		...subject,
		service_name: service.name,
		delay_ms: Math.round(delay_ms),
		budget_remaining: service.budgetRemaining,
		severity: type === "DEADLINE_EXCEEDED" ? "CRITICAL" : "WARNING",
		metadata: { status, retry_count, duration_source },
		timestamp: new Date(subject.actual_completion).toISOString(),
	}));
}
