/** Queue of the controller of releases: workers on it have no version, so that a release never moves them. */
export const ROLLOUT_QUEUE = "rollout-control";
export const ROLLOUT_WORKFLOW_TYPE = "rollOut";
/** Update with a `RolloutCommand`; answers a `RolloutState`. */
export const ROLLOUT_COMMAND_UPDATE = "command";
/** Query; answers a `RolloutState`. */
export const ROLLOUT_STATE_QUERY = "state";
