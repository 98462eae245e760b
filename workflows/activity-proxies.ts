import {
	ActivityCancellationType,
	isCancellation,
	proxyActivities,
	proxyLocalActivities,
	TemporalFailure,
} from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { isDecisionOpen, untilTaskAccepted } from "./accepted-task.ts";

let line: Promise<unknown> = Promise.resolve();

/**
 * One local activity of a plan at a time. On replay the SDK answers each as soon as it is asked for, so
 * of two that were under way together the slower one would be answered first, what follows from it
 * would come too early, and no other worker could ever take the plan over.
 */
function inLine(activities: Activities): Activities {
	return new Proxy(activities, {
		get: (_, name: keyof Activities) => (input: never) => {
			const run = () => activities[name](input);
			const turn = line.then(() =>
				isDecisionOpen() ? untilTaskAccepted().then(run) : run(),
			);
			line = turn.catch(() => "the next one goes on");
			return turn;
		},
	});
}

// One short try inside the workflow task: nearly free when the other side answers (architecture.md, "Decisions").
const local = inLine(
	proxyLocalActivities<Activities>({
		startToCloseTimeout: "3s",
		retry: { maximumAttempts: 1 },
	}),
);

// Nothing waits for documents but the next local activity, so a MongoDB that is slow gets a second.
const { writeDocuments: writeDocumentsSoon } = inLine(
	proxyLocalActivities<Activities>({
		startToCloseTimeout: "1s",
		retry: { maximumAttempts: 1 },
	}),
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
