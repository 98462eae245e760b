import { proxyActivities, workflowInfo } from "@temporalio/workflow";
import type { Activities as TrainingActivities } from "../activities/train-model.ts";
import {
	type TrainingRequest,
	trainingQueueOf,
} from "../src/domain/prediction/training-request.ts";

type Result = Awaited<ReturnType<TrainingActivities["trainModel"]>>;

/** Trains a model where somebody learns; a second training waits for the first. */
export async function trainModels(request: TrainingRequest): Promise<Result> {
	const { trainModel } = proxyActivities<TrainingActivities>({
		taskQueue: trainingQueueOf(workflowInfo().taskQueue),
		scheduleToStartTimeout: request.timeoutMs,
		startToCloseTimeout: request.timeoutMs,
		heartbeatTimeout: "20s",
		retry: { maximumAttempts: 3, initialInterval: "10s" },
	});
	return await trainModel(request);
}
