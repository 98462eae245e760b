/** Two instances of the HTTP service, each on a port of its own; one of them takes the requests. */
export const httpSides = ["blue", "green"] as const;
export type HttpSide = (typeof httpSides)[number];

/** Queue of the controller of releases: workers on it have no version, so that a release never moves them. */
export const ROLLOUT_QUEUE = "rollout-control";
/** Installations that share a namespace have task queues of their own, and so controllers of their own. */
export function rolloutQueueOf(taskQueue: string): string {
	return taskQueue === USUAL_TASK_QUEUE
		? ROLLOUT_QUEUE
		: `${ROLLOUT_QUEUE}-${taskQueue}`;
}
/** Of plans. */
const USUAL_TASK_QUEUE = "orchestration-tasks";
export const ROLLOUT_WORKFLOW_TYPE = "rollOut";
/** Update with a `RolloutCommand`; answers a `RolloutState`. */
export const ROLLOUT_COMMAND_UPDATE = "command";
/** Query; answers a `RolloutState`. */
export const ROLLOUT_STATE_QUERY = "state";
