const PLAN_PREFIX = "orch-";
const DECISION_PREFIX = "decision-";
const SMOKE_PREFIX = "smoke-of-release-";
/** With it the workflow ids of smoke plans begin, so that counts can leave them out. */
export const SMOKE_WORKFLOW_PREFIX = `${PLAN_PREFIX}${SMOKE_PREFIX}`;

/** The meaning of a workflow id of this service. */
export type WorkflowSubject =
	| { kind: "plan"; planId: string }
	| { kind: "decision"; decisionId: string };

/** Id of the one durable run of a plan. */
export function planWorkflowId(planId: string): string {
	return `${PLAN_PREFIX}${planId}`;
}

/** Id of a smoke plan: `name` tells the rollout, the step and the shape. */
export function smokePlanId(name: string): string {
	return `${SMOKE_PREFIX}${name}`;
}

/** Id of the workflow that only records a decision. */
export function decisionWorkflowId(decisionId: string): string {
	return `${DECISION_PREFIX}${decisionId}`;
}

/** Id of the workflow that records an answer no plan waited for. */
export function answerWorkflowId(answerId: string): string {
	return `approval-answer-${answerId}`;
}

/** Id of the workflow that records several such answers; `hash` is of their ids. */
export function answersWorkflowId(hash: string): string {
	return `approval-answers-${hash}`;
}

/** Id of the workflow that re-drives dead letters. */
export function redriveWorkflowId(redriveId: string): string {
	return `redrive-${redriveId}`;
}

/** Id of the workflow that closes the plan of a run that was ended from outside; each run has its own. */
export function closeWorkflowId(planId: string, runId: string): string {
	return `close-${planId}-${runId}`;
}

/** Id of the release of a deployment: one at a time. */
export function rolloutWorkflowId(deployment: string): string {
	return `rollout:${deployment}`;
}

/** With it the ids of a queue's trainings begin: queues may share a namespace. A schedule's have their time behind. */
export function trainingPrefix(taskQueue: string): string {
	return `ml-train-${taskQueue}`;
}

/** Id of a training that somebody asked for. */
export function trainingWorkflowId(taskQueue: string, n: number): string {
	return `${trainingPrefix(taskQueue)}-${n}`;
}

/** Id of the schedule of trainings. */
export function trainingScheduleId(taskQueue: string): string {
	return `ml-training-${taskQueue}`;
}

/** Id of the schedule that examines plans without progress for long. */
export function orphanWatchId(taskQueue: string): string {
	return `orphan-watch-${taskQueue}`;
}

/** Id of the schedule that purges old documents. */
export function retentionId(taskQueue: string): string {
	return `retention-${taskQueue}`;
}

/** The plan that the id names; undefined when it names none. */
export function planIdOf(workflowId: string): string | undefined {
	const subject = parseWorkflowId(workflowId);
	return subject?.kind === "plan" ? subject.planId : undefined;
}

/** The meaning of the id; undefined when it is no id of this service. */
export function parseWorkflowId(
	workflowId: string,
): WorkflowSubject | undefined {
	if (workflowId.startsWith(PLAN_PREFIX)) {
		return { kind: "plan", planId: workflowId.slice(PLAN_PREFIX.length) };
	}
	if (workflowId.startsWith(DECISION_PREFIX)) {
		const decisionId = workflowId.slice(DECISION_PREFIX.length);
		return { kind: "decision", decisionId };
	}
	return undefined;
}

/** The schedule that drains `telemetry_buffer`, and its workflow: queues may share a namespace. */
export function telemetryDrainId(taskQueue: string): string {
	return `drain-telemetry-${taskQueue}`;
}
