import type { SlaViolation } from "../../../schemas/sla-violation.ts";
import type { TicketOutcome } from "../documents.ts";
import type { PlanStatus } from "../plan-run.ts";
import { nameUuid } from "../ticket-ids.ts";

/**
 * Where a duration comes from. `reported`: the worker measured it; `measured`: from its begin to its end by our
 * clock; `elapsed`: from its publication, or the plan's start, to its end by our clock.
 */
export type DurationSource = SlaViolation["metadata"]["duration_source"];

/** Times of a ticket; Unix epoch, ms. */
export interface TicketTimes {
	outcome: TicketOutcome | null;
	deadline: number;
	timeout_ms: number;
	published_at: number | null;
	started_at: number | null;
	finished_at: number | null;
	actual_duration_ms: number | null;
}

/** A time that was not kept. */
export interface BrokenTime {
	/** DEADLINE_EXCEEDED: it ended after its deadline; TIMEOUT: it took longer than it may. */
	type: SlaViolation["violation_type"];
	/** By how much. */
	delay_ms: number;
	duration_source: DurationSource;
}

/** What an ended ticket broke. One that was skipped or cancelled promised nothing any more. */
export function timesBroken(times: TicketTimes): BrokenTime[] {
	const { outcome, finished_at, deadline, timeout_ms } = times;
	if (outcome === null || outcome === "skipped" || outcome === "cancelled")
		return [];
	const { durationMs, duration_source } = realDuration(times);
	const overdueMs = durationMs - timeout_ms;
	return brokenOf(duration_source, {
		lateMs: finished_at === null ? 0 : finished_at - deadline,
		timeoutMs: outcome === "timed_out" || overdueMs > 0 ? overdueMs : undefined,
	});
}

function brokenOf(
	duration_source: DurationSource,
	{ lateMs, timeoutMs }: { lateMs: number; timeoutMs: number | undefined },
): BrokenTime[] {
	const broken: BrokenTime[] = [];
	if (lateMs > 0)
		broken.push({
			...{ type: "DEADLINE_EXCEEDED", delay_ms: lateMs, duration_source },
		});
	if (timeoutMs !== undefined)
		broken.push({
			...{ type: "TIMEOUT", delay_ms: Math.max(0, timeoutMs), duration_source },
		});
	return broken;
}

/** How long the ticket really took, by the best source there is. */
function realDuration({
	outcome,
	actual_duration_ms,
	started_at,
	published_at,
	finished_at,
}: TicketTimes): { durationMs: number; duration_source: DurationSource } {
	const endMs = finished_at ?? 0;
	if (outcome === "timed_out") {
		const durationMs = Math.max(0, endMs - (published_at ?? endMs));
		return { durationMs, duration_source: "elapsed" };
	}
	if (actual_duration_ms !== null)
		return { durationMs: actual_duration_ms, duration_source: "reported" };
	if (started_at !== null && started_at <= endMs)
		return { durationMs: endMs - started_at, duration_source: "measured" };
	// Without a begin it may have waited: that is no execution which took too long.
	return { durationMs: 0, duration_source: "elapsed" };
}

/** Times of a plan; Unix epoch, ms. */
export interface PlanTimes {
	status: PlanStatus;
	deadline: number;
	/** Whether its own limit ended it. */
	timed_out: boolean;
	started_at: number;
	finished_at: number | null;
}

const ranToAnEnd: readonly PlanStatus[] = ["SUCCESS", "PARTIAL", "FAILED"];

/** What an ended plan broke. One that was stopped, or never ran, promised nothing any more. */
export function planTimesBroken(times: PlanTimes): BrokenTime[] {
	const { status, deadline, timed_out, started_at, finished_at } = times;
	if (finished_at === null || !ranToAnEnd.includes(status)) return [];
	return brokenOf("elapsed", {
		lateMs: finished_at - deadline,
		timeoutMs: timed_out
			? finished_at - Math.max(deadline, started_at)
			: undefined,
	});
}

/** Whose time was not kept. Times are Unix epoch, ms. */
export interface ViolationSubject
	extends Pick<
		SlaViolation,
		"workflow_id" | "plan_id" | "ticket_id" | "service_name"
	> {
	/** Names it among all subjects: a ticket's id, or the plan's run. */
	name: string;
	sla_deadline: number;
	actual_completion: number;
	status: string;
	retry_count: number;
	/** Share of the error budget that is left, 0 to 1; null: unknown. */
	budget_remaining: number | null;
}

/** The records of what a subject broke, one for each type; the same again whenever they are made. */
export function violationRecords(
	{ name, status, retry_count, ...subject }: ViolationSubject,
	broken: readonly BrokenTime[],
): SlaViolation[] {
	return broken.map(({ type, delay_ms, duration_source }) => ({
		violation_id: nameUuid(`${encodeURIComponent(name)}/${type}/sla-violation`),
		event_type: "VIOLATION",
		violation_type: type,
		...subject,
		delay_ms: Math.round(delay_ms),
		severity: type === "DEADLINE_EXCEEDED" ? "CRITICAL" : "WARNING",
		metadata: { status, retry_count, duration_source },
		timestamp: new Date(subject.actual_completion).toISOString(),
	}));
}
