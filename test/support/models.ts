import type { TestContext } from "node:test";
import type { Model } from "../../src/domain/prediction/model.ts";
import { createAuditLog } from "../../src/prediction/audit-log.ts";
import { loadModel, modelBytes } from "../../src/prediction/load-model.ts";
import { createModelStore } from "../../src/prediction/model-store.ts";
import { createModelView } from "../../src/prediction/model-view.ts";
import { DURATION_MODEL } from "../../src/prediction/ports.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { openMongo, silentLog } from "./stores.ts";

/** The registry on a database of the test's own, and what a process sees of it. */
export async function openModelWorld(t: TestContext) {
	const { mongo } = await openMongo(t);
	return modelsOn(mongo);
}

export function modelsOn(mongo: Mongo) {
	const auditLog = createAuditLog(mongo, {
		...{ environment: "test", retentionDays: 365 },
	});
	const registry = createModelStore({
		...{ mongo, auditLog },
		check: (version, bytes) => void loadModel(version, bytes),
	});
	const metrics = createMetrics();
	const view = createModelView({
		...{ mongo, store: registry, metrics, log: silentLog },
	});
	return {
		...{ mongo, auditLog, registry, metrics, view },
		/** The version that the model got. */
		async register(model: Model, bytes = modelBytes(model)): Promise<number> {
			const { version } = await registry.register({
				...{ name: DURATION_MODEL, source: "trained", format: "native" },
				...{ feature_schema: model.feature_schema, training: null },
				...{ metrics: null, mlflow: null, bytes },
			});
			return version;
		},
		become: (alias: "champion" | "challenger", version: number) =>
			registry.promote({
				...{ name: DURATION_MODEL, alias, version },
				...{ by: "test", reason: "test" },
			}),
	};
}
