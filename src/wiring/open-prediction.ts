import type { Client } from "@temporalio/client";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { reportLearning } from "../prediction/learning-report.ts";
import { readLearning } from "../prediction/learning-store.ts";
import { createModelView, type ModelView } from "../prediction/model-view.ts";
import type { LearningState, Predictor } from "../prediction/ports.ts";
import { createTraining } from "../prediction/training.ts";
import type { Mongo } from "../storage/storage-context.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { openModels } from "./open-models.ts";
import { isRegistryAlone } from "./registry-alone.ts";

export interface PredictionParts {
	/** undefined: predictions are off, or this process needs none. */
	predictor: Predictor | undefined;
	models: ReturnType<typeof openModels> & {
		view: ModelView;
		learning: LearningState;
		training: ReturnType<typeof openTraining>;
	};
}

interface Needed {
	config: Pick<Config, "prediction" | "service" | "roles" | "temporal">;
	mongo: Mongo;
	temporal: Client;
	metrics: Metrics;
	log: Log;
}

/** What predicts in this process, and which models there are. */
export function openPrediction({
	config,
	mongo,
	temporal,
	metrics,
	log,
}: Needed): PredictionParts {
	const { registry, auditLog } = openModels({ config, mongo });
	const view = createModelView({ mongo, store: registry, metrics, log });
	const isOn = config.prediction.isOn && !isRegistryAlone(config);
	return {
		predictor: isOn ? view : undefined,
		models: {
			...{ registry, auditLog, view },
			training: openTraining({ config, mongo, temporal }),
			learning: {
				read: async () => reportLearning(await readLearning(mongo)),
			},
		},
	};
}

/** Trainings as they are asked for; `parts.temporal` is there only then. */
function openTraining({
	config,
	mongo,
	temporal,
}: {
	config: Pick<Config, "prediction" | "temporal">;
	mongo: Mongo;
	temporal: Client;
}) {
	return createTraining({
		mongo,
		client: () => temporal,
		taskQueue: config.temporal.taskQueue,
		settings: trainingSettings(config),
	});
}

/** Of every training. */
export function trainingSettings({ prediction }: Pick<Config, "prediction">) {
	const { windowDays, minTickets, maxErrors, shadowFirst, timeoutMs } =
		prediction.training;
	return { windowDays, minTickets, maxErrors, shadowFirst, timeoutMs };
}
