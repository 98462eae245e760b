import {
	ActivityCancellationType,
	isCancellation,
	proxyActivities,
	proxyLocalActivities,
	TemporalFailure,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

// One short try inside the workflow task: nearly free when the other side answers (design.md, decision 6).
const local = proxyLocalActivities<Activities>({
	startToCloseTimeout: "3s",
	retry: { maximumAttempts: 1 },
});

// Nothing waits for documents, so a MongoDB that is slow must not hold a workflow task up either.
const { writeDocuments: writeDocumentsSoon } = proxyLocalActivities<Activities>(
	{ startToCloseTimeout: "500ms", retry: { maximumAttempts: 1 } },
);

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

export { durable, local, writeDocumentsSoon };

/** The durable way, given up after a time. */
export function durableFor(timeoutMs: number): typeof durable {
	return proxyActivities<Activities>({
		...durableOptions,
		scheduleToCloseTimeout: Math.max(1, timeoutMs),
	});
}

/** Tries the quick way once; when that fails, `onSlow` is told and the durable way is gone. */
export async function quickThenDurable<T>(
	quick: () => Promise<T>,
	slow: () => Promise<T>,
	onSlow: () => void = () => {},
): Promise<T> {
	try {
		return await quick();
	} catch (error) {
		if (!isActivityError(error)) throw error;
		onSlow();
		return await slow();
	}
}

/** An activity failed or timed out; being cancelled is neither. Local activities fail with the bare cause. */
export function isActivityError(error: unknown): error is TemporalFailure {
	return error instanceof TemporalFailure && !isCancellation(error);
}
