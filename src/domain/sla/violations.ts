import type { TicketOutcome } from "../documents.ts";
import { isFinalStatus, type PlanStatus } from "../plan-run.ts";
import { nameUuid } from "../ticket-ids.ts";

/** DEADLINE_EXCEEDED: it ended after its deadline; TIMEOUT: it took longer than it may. */
export const violationTypes = ["DEADLINE_EXCEEDED", "TIMEOUT"] as const;
export type ViolationType = (typeof violationTypes)[number];

/**
 * Where a duration comes from. `reported`: the worker measured it; `measured`: from its begin to its end by our
 * clock; `elapsed`: from its publication, or the plan's start, to its end by our clock.
 */
export const durationSources = ["reported", "measured", "elapsed"] as const;
export type DurationSource = (typeof durationSources)[number];

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
	type: ViolationType;
	/** By how much. */
	delay_ms: number;
	duration_source: DurationSource;
}

/** What an ended ticket broke. One that was skipped or cancelled promised nothing any more. */
export function timesBroken(times: TicketTimes): BrokenTime[] {
	const { outcome, finished_at, deadline, timeout_ms } = times;
	if (outcome === null || outcome === "skipped" || outcome === "cancelled")
		return [];
	const { durationMs, source } = realDuration(times);
	const broken: BrokenTime[] = [];
	const duration_source = source;
	if (finished_at !== null && finished_at > deadline)
		broken.push({
			type: "DEADLINE_EXCEEDED",
			delay_ms: finished_at - deadline,
			duration_source,
		});
	if (outcome === "timed_out" || durationMs > timeout_ms)
		broken.push({
			type: "TIMEOUT",
			delay_ms: Math.max(0, durationMs - timeout_ms),
			duration_source,
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
}: TicketTimes): { durationMs: number; source: DurationSource } {
	if (actual_duration_ms !== null && outcome !== "timed_out")
		return { durationMs: actual_duration_ms, source: "reported" };
	const endMs = finished_at ?? 0;
	if (started_at !== null && started_at <= endMs && outcome !== "timed_out")
		return { durationMs: endMs - started_at, source: "measured" };
	const durationMs = Math.max(0, endMs - (published_at ?? endMs));
	// Without a begin it may have waited: that is no execution which took too long.
	return {
		durationMs: outcome === "timed_out" ? durationMs : 0,
		source: "elapsed",
	};
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

/** What an ended plan broke. One that was stopped, or never ran, promised nothing any more. */
export function planTimesBroken(times: PlanTimes): BrokenTime[] {
	const { status, deadline, timed_out, started_at, finished_at } = times;
	const ran: readonly PlanStatus[] = ["SUCCESS", "PARTIAL", "FAILED"];
	if (finished_at === null || !isFinalStatus(status) || !ran.includes(status))
		return [];
	const duration_source = "elapsed";
	const broken: BrokenTime[] = [];
	const delay_ms = finished_at - deadline;
	if (delay_ms > 0)
		broken.push({ type: "DEADLINE_EXCEEDED", delay_ms, duration_source });
	if (timed_out)
		broken.push({
			type: "TIMEOUT",
			delay_ms: Math.max(0, finished_at - Math.max(deadline, started_at)),
			duration_source,
		});
	return broken;
}

/** The violation's id: the same subject and type have one violation, however often it is found. */
export function violationId(subject: string, type: ViolationType): string {
	return nameUuid(`${encodeURIComponent(subject)}/${type}/sla-violation`);
}
