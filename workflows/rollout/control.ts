import {
	isCancellation,
	proxyActivities,
	sleep,
	TemporalFailure,
} from "@temporalio/workflow";
import type { RolloutActivities } from "../../activities/rollout.ts";
import type { RolloutCommand } from "../../src/domain/rollout/commands.ts";
import type { RolloutState } from "../../src/domain/rollout/state.ts";

/** What a run of the controller has in hand. Only its loop changes the state; commands wait in the queue. */
export interface Control {
	state: RolloutState;
	queue: QueuedCommand[];
	/** The rollout that begins when this one is over. */
	next: RolloutState | null;
	/** Rollouts that are over, or never began, and are not yet recorded as they ended. */
	left: RolloutState[];
	isRecording: boolean;
	/** The state has changed since it was last recorded. */
	isNew: boolean;
}

export interface QueuedCommand {
	command: RolloutCommand;
	/** null: not looked at yet. */
	answer: { refusal: string | null } | null;
}

const retry = {
	initialInterval: "500ms",
	backoffCoefficient: 2,
	maximumInterval: "10s",
} as const;

/** One try: the next look comes soon. */
export const { observeRollout } = proxyActivities<RolloutActivities>({
	startToCloseTimeout: "20s",
	retry: { maximumAttempts: 1 },
});

/** Some tries: what they are for is asked again if they fail, and rules must be able to come in between. */
export const bounded = proxyActivities<RolloutActivities>({
	startToCloseTimeout: "30s",
	scheduleToCloseTimeout: "1m",
	heartbeatTimeout: "10s",
	retry: { ...retry, maximumAttempts: 3 },
});

/** One try, where something else must not wait for it. */
export const brief = proxyActivities<RolloutActivities>({
	startToCloseTimeout: "20s",
	heartbeatTimeout: "10s",
	retry: { maximumAttempts: 1 },
});

/** Until it works. */
export const durable = proxyActivities<RolloutActivities>({
	startToCloseTimeout: "1m",
	heartbeatTimeout: "10s",
	retry,
});

export const { recordRollout } = proxyActivities<RolloutActivities>({
	startToCloseTimeout: "15s",
	retry,
});

export function smokeActivity(timeoutMs: number) {
	return proxyActivities<RolloutActivities>({
		startToCloseTimeout: timeoutMs + 10_000,
		scheduleToCloseTimeout: timeoutMs + 30_000,
		heartbeatTimeout: "10s",
		retry,
	}).runSmokePlan;
}

const PAUSE_AFTER_FAULT = "5s";

/** Again and again, also after a failure that can never pass: a person may mend the other side. */
export async function untilDone<T>(
	{ state }: Control,
	work: () => Promise<T>,
): Promise<T> {
	for (;;) {
		try {
			return await work();
		} catch (error) {
			state.message = causeOf(error);
			await sleep(PAUSE_AFTER_FAULT);
		}
	}
}

/** The result, or why there is none. */
export async function orWhy<T>(
	work: Promise<T>,
): Promise<T | { fault: string }> {
	try {
		return await work;
	} catch (error) {
		return { fault: causeOf(error) };
	}
}

/** Of an activity that failed; anything else is thrown. */
function causeOf(error: unknown): string {
	if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
	return error.cause?.message ?? error.message;
}

/** Stores and publishes what is new, beside the loop: nothing of a release waits for MongoDB or Kafka. */
export function record(control: Control): void {
	control.isNew = true;
	if (control.isRecording) return;
	control.isRecording = true;
	keepRecording(control).finally(() => {
		control.isRecording = false;
	});
}

async function keepRecording(control: Control): Promise<void> {
	for (let left = control.left[0]; left !== undefined; left = control.left[0]) {
		const fault = await orWhy(recordRollout(left));
		if (fault === undefined) control.left.shift();
		else await sleep(PAUSE_AFTER_FAULT);
	}
	while (control.isNew) {
		control.isNew = false;
		const { state } = control;
		const last = state.unsent.at(-1)?.seq ?? 0;
		const sent = await orWhy(recordRollout(state));
		if (sent !== undefined) {
			control.isNew = true;
			await sleep(PAUSE_AFTER_FAULT);
			continue;
		}
		state.unsent = state.unsent.filter(({ seq }) => seq > last);
	}
}
