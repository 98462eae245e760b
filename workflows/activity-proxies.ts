import {
	ActivityCancellationType,
	CancellationScope,
	CancelledFailure,
	isCancellation,
	patched,
	proxyActivities,
	proxyLocalActivities,
	TemporalFailure,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import {
	isDecisionOpen,
	isTaskLong,
	noteLocal,
	untilTaskAccepted,
} from "./accepted-task.ts";
import type { LocalTurns } from "./local-turns.ts";

/** Any activity by its name. */
type ByName = {
	[Name in keyof Activities]: (
		input: Parameters<Activities[Name]>[0],
	) => ReturnType<Activities[Name]>;
};

// One short try inside the workflow task: nearly free when the other side answers (architecture.md, "Decisions"). It
// includes the wait for a busy process's own thread.
const local: ByName = proxyLocalActivities<Activities>({
	startToCloseTimeout: "3s",
	retry: { maximumAttempts: 1 },
});

// Bounded by the plan, not by attempts: heartbeats let cancel and pause reach it, and a dead worker be noticed.
const durableOptions = {
	startToCloseTimeout: "2m",
	heartbeatTimeout: "10s",
	cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
	retry: {
		initialInterval: "1s",
		backoffCoefficient: 2,
		maximumInterval: "15s",
	},
} as const;
const durable = proxyActivities<Activities>(durableOptions);

export { durable };

/** Durable activities that are given up after a time. */
export function durableFor(timeoutMs: number): typeof durable {
	return proxyActivities<Activities>({
		...durableOptions,
		scheduleToCloseTimeout: Math.max(1, timeoutMs),
	});
}

/**
 * Tries the activity once, inside the workflow task. A run's local activities run one at a time. On replay the SDK
 * answers each as soon as it is asked for: of two that had run together, the slower one would be answered first,
 * its consequences would come too early, and no other worker could ever take the plan over.
 */
export function runLocally<Name extends keyof Activities>(
	turns: LocalTurns,
	name: Name,
	input: Parameters<Activities[Name]>[0],
): ReturnType<Activities[Name]> {
	const run = (): Promise<unknown> => {
		noteLocal(turns);
		return local[name](input);
	};
	const turn = turns.newest.then(() =>
		isDecisionOpen(turns) || isTaskLong(turns)
			? untilTaskAccepted().then(run)
			: run(),
	);
	turns.newest = turn.catch(() => "the next one goes on");
	return turn as ReturnType<Activities[Name]>;
}

/** Tries the activity locally; when that fails, calls `onSlow` and runs it durably. */
export async function runDurably<Name extends keyof Activities>(
	turns: LocalTurns,
	name: Name,
	input: Parameters<Activities[Name]>[0],
	onSlow: () => void = () => {},
): Promise<Awaited<ReturnType<Activities[Name]>>> {
	const slow: ByName = durable;
	try {
		return await runLocally(turns, name, input);
	} catch (error) {
		if (!isActivityError(error)) throw error;
		onSlow();
	}
	try {
		return await slow[name](input);
	} catch (error) {
		throw asStopped(error);
	}
}

/**
 * The cancellation that an error of a durable activity means, or the error itself. An activity that was told to
 * stop is tried no more: if the try at hand fails, that says nothing but that it has stopped.
 */
export function asStopped(error: unknown): unknown {
	const isTold = CancellationScope.current().consideredCancelled;
	if (!isTold || !isActivityError(error) || !patched("16-stopped"))
		return error;
	return new CancelledFailure(`stopped: ${error.message}`);
}

/** An activity failed or timed out, and was not cancelled. Local activities fail with the bare cause. */
export function isActivityError(error: unknown): error is TemporalFailure {
	return error instanceof TemporalFailure && !isCancellation(error);
}
