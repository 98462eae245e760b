import { isFinalStatus, type PlanStatus } from "../plan-run.ts";
import { consumedRatio, warningAtMs } from "./consumption.ts";
import type { PlanSla } from "./sla-terms.ts";

/** When a plan is looked at. */
export interface WatchRules {
	/** Share of its time after which a deadline approaches, 0 to 1. */
	warningRatio: number;
	/** Between two looks at a plan that is at risk. */
	intervalMs: number;
	/** Somebody is told when a plan ends, or waits for approval. */
	isNotifying?: boolean;
}

/** A plan without risk is looked at after so many intervals at the latest, in case a change was lost. */
const QUIET_INTERVALS = 10;

/** Why a deadline approaches. */
export type RiskReason = "forecast" | "consumed" | "passed";

/** A deadline that will or may be missed. Times are Unix epoch, ms. */
export interface DeadlineRisk {
	/** `forecast`: the critical path ends after it; `consumed`: most of its time is gone; `passed`: it is over. */
	reason: RiskReason;
	sla_deadline: number;
	remaining_seconds: number;
	/** 0 to 1. */
	percent_consumed: number;
	predicted_end: number | null;
	path: string[];
	path_length: number;
}

/** What a look at a plan needs of its document. */
export interface WatchedState {
	status: PlanStatus;
	/** Absent in plans of earlier releases, and before C2. */
	sla?: PlanSla;
}

/** Whether the plan's deadline is at risk; null: it is not, or the plan has ended or promised nothing yet. */
export function judgeRisk(
	{ status, sla }: WatchedState,
	nowMs: number,
	{ warningRatio }: Pick<WatchRules, "warningRatio">,
): DeadlineRisk | null {
	if (sla === undefined || isFinalStatus(status)) return null;
	const reason = riskReason(sla, nowMs, warningRatio);
	if (reason === null) return null;
	const { deadline, started_at, forecast } = sla;
	const clock = { createdAtMs: started_at, deadlineMs: deadline, nowMs };
	return {
		reason,
		sla_deadline: deadline,
		remaining_seconds: (deadline - nowMs) / 1000,
		percent_consumed: consumedRatio(clock),
		predicted_end: forecast === null ? null : predictedEnd(sla, nowMs),
		path: forecast?.path ?? [],
		path_length: forecast?.path_length ?? 0,
	};
}

function riskReason(
	sla: PlanSla,
	nowMs: number,
	warningRatio: number,
): RiskReason | null {
	const { deadline, started_at, forecast } = sla;
	if (nowMs > deadline) return "passed";
	if (forecast !== null && isForecastLate(sla, nowMs)) return "forecast";
	return nowMs >= warningAtMs(started_at, deadline, warningRatio)
		? "consumed"
		: null;
}

function isForecastLate({ forecast, deadline }: PlanSla, nowMs: number) {
	if (forecast === null) return false;
	return forecast.predicted_end > deadline || nowMs > forecast.late_from;
}

/** The forecast's end, if nothing has progressed since it was made; it never lies in the past. */
function predictedEnd({ forecast, deadline }: PlanSla, nowMs: number): number {
	const { predicted_end = 0, late_from = Infinity } = forecast ?? {};
	const overdueMs = nowMs > late_from ? deadline + (nowMs - late_from) : 0;
	return Math.max(predicted_end, overdueMs, nowMs);
}

/** Whether a ticket of the plan may be at risk, so that its tickets must be read. */
export function mayTicketsBeAtRisk(
	{ status, sla }: WatchedState,
	nowMs: number,
	{ warningRatio }: Pick<WatchRules, "warningRatio">,
): boolean {
	if (sla === undefined || isFinalStatus(status)) return false;
	const { first_ticket_deadline, started_at } = sla;
	return (
		first_ticket_deadline !== null &&
		nowMs >= warningAtMs(started_at, first_ticket_deadline, warningRatio)
	);
}

/**
 * When the plan must be looked at next, by its document alone: as soon as any risk of it can begin without a
 * further change. null: never, unless it changes.
 */
export function nextCheckAtMs(
	state: WatchedState,
	nowMs: number,
	rules: WatchRules,
): number | null {
	const { status, sla } = state;
	if (sla === undefined || isFinalStatus(status)) return null;
	const isAtRisk =
		judgeRisk(state, nowMs, rules) !== null ||
		mayTicketsBeAtRisk(state, nowMs, rules);
	if (isAtRisk) return nowMs + rules.intervalMs;
	const { deadline, started_at, forecast, first_ticket_deadline } = sla;
	const moments = [
		warningAtMs(started_at, deadline, rules.warningRatio),
		...(forecast === null ? [] : [forecast.late_from + 1]),
		...(first_ticket_deadline === null
			? []
			: [warningAtMs(started_at, first_ticket_deadline, rules.warningRatio)]),
	];
	return Math.min(nowMs + QUIET_INTERVALS * rules.intervalMs, ...moments);
}

/** The last tickets of a plan are stored after it. */
const LAST_TICKETS_MS = 5_000;

/** When a document that was stored just now must be looked at; null: it need not. */
export function checkAfterWrite(
	state: WatchedState & { finished_at: number | null },
	nowMs: number,
	rules: WatchRules,
): number | null {
	const { status, sla, finished_at } = state;
	const isNews = isFinalStatus(status) || status === "AWAITING_APPROVAL";
	if (rules.isNotifying === true && isNews) return nowMs;
	if (sla === undefined) return null;
	if (isFinalStatus(status)) {
		// A raised alert has its next look already; a plan that kept its times has nothing else to tell.
		const isLate = (finished_at ?? 0) > sla.deadline || sla.tickets_late > 0;
		return isLate ? nowMs + LAST_TICKETS_MS : null;
	}
	const isAtRisk = judgeRisk(state, nowMs, rules) !== null;
	return isAtRisk ? nowMs : nextCheckAtMs(state, nowMs, rules);
}
