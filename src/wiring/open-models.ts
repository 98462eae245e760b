import type { Config } from "../config.ts";
import { createAuditLog } from "../prediction/audit-log.ts";
import { loadModel } from "../prediction/load-model.ts";
import { createModelStore } from "../prediction/model-store.ts";
import type { Mongo } from "../storage/storage-context.ts";

/** The registry of models in any process, and in the thread that trains: what this imports is loaded there again. */
export function openModels({
	config,
	mongo,
}: {
	config: Pick<Config, "prediction" | "service">;
	mongo: Mongo;
}) {
	const auditLog = createAuditLog(mongo, {
		environment: config.service.environment,
		retentionDays: config.prediction.auditRetentionDays,
	});
	const registry = createModelStore({
		mongo,
		auditLog,
		check: (version, bytes) => void loadModel(version, bytes),
	});
	return { registry, auditLog };
}
