/** How much of the time up to a deadline is gone. Times are Unix epoch, ms. */
export interface DeadlineClock {
	createdAtMs: number | null | undefined;
	deadlineMs: number | null | undefined;
	nowMs: number;
}

/** The answer about one deadline, with the field names of the earlier service. */
export interface DeadlineCheck {
	deadline_approaching: boolean;
	/** Negative once the deadline has passed. */
	remaining_seconds: number;
	/** 0 to 1. */
	percent_consumed: number;
	/** null: the subject has none. */
	sla_deadline: number | null;
}

/** 0 to 1; 0 when there is no time to consume. */
export function consumedRatio({
	createdAtMs,
	deadlineMs,
	nowMs,
}: DeadlineClock): number {
	if (createdAtMs == null || deadlineMs == null) return 0;
	const totalMs = deadlineMs - createdAtMs;
	if (totalMs <= 0) return 0;
	return Math.min(1, Math.max(0, (nowMs - createdAtMs) / totalMs));
}

/** Whether so much of its time is gone that somebody should know. Without a deadline or a beginning it never is. */
export function checkDeadline(
	clock: DeadlineClock,
	warningRatio: number,
): DeadlineCheck {
	const { createdAtMs, deadlineMs, nowMs } = clock;
	if (createdAtMs == null || deadlineMs == null)
		return {
			deadline_approaching: false,
			remaining_seconds: 0,
			percent_consumed: 0,
			sla_deadline: null,
		};
	const percent_consumed = consumedRatio(clock);
	return {
		deadline_approaching: percent_consumed >= warningRatio,
		remaining_seconds: (deadlineMs - nowMs) / 1000,
		percent_consumed,
		sla_deadline: deadlineMs,
	};
}

/** When the warning's share of the time is gone. */
export function warningAtMs(
	createdAtMs: number,
	deadlineMs: number,
	warningRatio: number,
): number {
	return Math.ceil(createdAtMs + (deadlineMs - createdAtMs) * warningRatio);
}
