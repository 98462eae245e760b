import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { createAuditLog } from "../prediction/audit-log.ts";
import { loadModel } from "../prediction/load-model.ts";
import { createModelStore } from "../prediction/model-store.ts";
import { createModelView, type ModelView } from "../prediction/model-view.ts";
import type { Predictor } from "../prediction/ports.ts";
import type { Mongo } from "../storage/storage-context.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** The registry of models in any process. */
export function openModels({
	config,
	mongo,
}: Pick<Needed, "config" | "mongo">) {
	const auditLog = createAuditLog(mongo, {
		environment: config.service.environment,
		retentionDays: config.prediction.auditRetentionDays,
	});
	const store = createModelStore({
		mongo,
		auditLog,
		check: (version, bytes) => void loadModel(version, bytes),
	});
	return { registry: store, auditLog };
}

export interface PredictionParts {
	/** undefined: predictions are off, or this process needs none. */
	predictor: Predictor | undefined;
	models: ReturnType<typeof openModels> & { view: ModelView };
}

interface Needed {
	config: Pick<Config, "prediction" | "service" | "roles">;
	mongo: Mongo;
	metrics: Metrics;
	log: Log;
}

/** What predicts in this process, and which models there are. */
export function openPrediction({
	config,
	mongo,
	metrics,
	log,
}: Needed): PredictionParts {
	const { registry, auditLog } = openModels({ config, mongo });
	const view = createModelView({ mongo, store: registry, metrics, log });
	const isOn =
		config.prediction.isOn && config.roles.some((role) => role !== "registry");
	return {
		predictor: isOn ? view : undefined,
		models: { registry, auditLog, view },
	};
}
