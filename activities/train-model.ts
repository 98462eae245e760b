import { Context } from "@temporalio/activity";
import type { TrainingRequest } from "../src/domain/prediction/training-request.ts";
import type { TrainingResult } from "../src/prediction/ports.ts";
import { type AttemptBounds, whileHeartbeating } from "./heartbeat.ts";

export interface ModelTrainer {
	/** Trains beside the event loop; ends early when the signal aborts. */
	train(
		job: TrainingRequest & { jobId: string },
		bounds: AttemptBounds,
	): Promise<TrainingResult>;
}

/** The activities of the training queue. */
export function createTrainingActivities({
	trainer,
}: {
	trainer: ModelTrainer;
}) {
	return {
		async trainModel(request: TrainingRequest): Promise<TrainingResult> {
			const jobId = Context.current().info.workflowExecution?.workflowId ?? "";
			return await whileHeartbeating((bounds) =>
				trainer.train({ ...request, jobId }, bounds),
			);
		},
	};
}

export type Activities = ReturnType<typeof createTrainingActivities>;
