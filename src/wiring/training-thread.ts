import { parentPort, workerData } from "node:worker_threads";
import type { Config } from "../config.ts";
import type { TrainingRequest } from "../domain/prediction/training-request.ts";
import { type ErrorCode, OrchestratorError } from "../errors.ts";
import { createMlflow } from "../prediction/mlflow.ts";
import type { TrainingResult } from "../prediction/ports.ts";
import { train } from "../prediction/train.ts";
import { createEndedAttempts } from "../prediction/training-rows.ts";
import { createMongo } from "../storage/mongo.ts";
import { createMetrics } from "../telemetry/metrics.ts";
import { openModels } from "./open-models.ts";

export interface TrainingThreadData {
	config: Pick<Config, "mongodb" | "prediction" | "service">;
	job: TrainingRequest & { jobId: string };
}

export type TrainingAnswer =
	| { kind: "done"; result: TrainingResult }
	| {
			kind: "failed";
			code: ErrorCode;
			message: string;
			details: Record<string, unknown>;
	  };

const silent = () => undefined;
/** The process counts and logs what comes of it. */
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** The thread's main file: it reads and learns while the process works on plans. */
async function answer({
	config,
	job,
}: TrainingThreadData): Promise<TrainingAnswer> {
	const metrics = createMetrics({ counts: false });
	const mongo = createMongo(
		{ ...config.mongodb, maxPoolSize: 4 },
		{ log, metrics },
	);
	try {
		const { registry, auditLog } = openModels({ config, mongo });
		const { mlflow } = config.prediction;
		const attempts = createEndedAttempts(mongo);
		const result = await train(
			{
				...{ attempts, registry, auditLog },
				mlflow: mlflow && createMlflow(mlflow),
			},
			job,
		);
		return { kind: "done", result };
	} catch (error) {
		if (!(error instanceof OrchestratorError)) throw error;
		return {
			kind: "failed",
			code: error.code,
			message: error.message,
			details: {},
		};
	} finally {
		await mongo.close();
	}
}

parentPort?.postMessage(await answer(workerData as TrainingThreadData));
