import { Context } from "@temporalio/activity";

const HEARTBEAT_INTERVAL_MS = 2_000;
/** The rest of an attempt's time, in which its answer travels. */
const ANSWER_MARGIN_MS = 500;
/** Under no time-out of its own an attempt still ends. */
const MAX_ATTEMPT_MS = 120_000;

/** How long one attempt of an activity may wait for the other side, and the sign to stop before. */
export interface AttemptBounds {
	timeoutMs: number;
	/** Aborts when the plan no longer wants it, or this worker stops. */
	signal: AbortSignal;
}

/**
 * Runs the work of this attempt and heartbeats meanwhile, so that Temporal can tell a busy activity
 * from a dead worker, and cancel and pause reach it.
 */
export async function whileHeartbeating<T>(
	work: (bounds: AttemptBounds) => Promise<T>,
): Promise<T> {
	const context = Context.current();
	const { cancellationSignal: signal } = context;
	signal.throwIfAborted();
	const startToCloseMs = context.info.startToCloseTimeoutMs ?? MAX_ATTEMPT_MS;
	// Local activities are too short for heartbeats, and Temporal takes none of theirs.
	const timer = context.info.isLocal
		? undefined
		: setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS);
	try {
		return await work({
			timeoutMs: Math.max(ANSWER_MARGIN_MS, startToCloseMs - ANSWER_MARGIN_MS),
			signal,
		});
	} finally {
		clearInterval(timer);
	}
}
