import type { TrainingTrigger } from "./model-words.ts";

export const TRAINING_WORKFLOW_TYPE = "trainModels";

/** The argument of a training's workflow. */
export interface TrainingRequest {
	trigger: TrainingTrigger;
	/** Who asked. */
	by: string;
	windowDays: number;
	minTickets: number;
	/** Highest error by task type and `*`, as a share of the mean duration. */
	maxErrors: Readonly<Record<string, number>>;
	/** A better model becomes challenger first. */
	shadowFirst: boolean;
	timeoutMs: number;
	/** A version that somebody registered in MLflow, to be tried instead of one of our own. */
	mlflowVersion?: string;
}

const USUAL_TASK_QUEUE = "orchestration-tasks";

/** Queue of trainings: whoever learns works on it, one at a time. */
export function trainingQueueOf(taskQueue: string): string {
	return taskQueue === USUAL_TASK_QUEUE
		? "ml-training"
		: `ml-training-${taskQueue}`;
}
