import { type Model, modelTag } from "../domain/prediction/model.ts";
import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { newestForeign } from "./foreign-trees.ts";
import { loadModel } from "./load-model.ts";
import type { Mlflow } from "./mlflow.ts";
import type { ModelStore } from "./model-store.ts";
import { forestOnnx, writeModel } from "./onnx.ts";
import {
	ANOMALY_MODEL,
	DURATION_MODEL,
	type ModelVersion,
	type RegisteredModel,
} from "./ports.ts";

/** After a failure it is tried again so much later. */
const RETRY_MS = 60_000;

export interface MlflowSyncDeps {
	mlflow: Mlflow;
	/** Between two looks for models of others. */
	lookMs: number;
	registry: Pick<ModelStore, "read" | "readArtifact" | "noteMlflow">;
	/** `isNew` false: another one runs, and this one did not begin. */
	startTraining(mlflowVersion: string): Promise<{ isNew: boolean }>;
	metrics: Pick<Metrics, "mlflowCalls">;
	log: Pick<Log, "info" | "warn">;
}

/**
 * Keeps MLflow as our registry is: versions, and who is champion and challenger, however that was changed; and has
 * models tried that others registered there. While MLflow is away nothing waits for it, and it is made good later.
 */
export function createMlflowSync({
	mlflow,
	lookMs,
	registry,
	startTraining,
	metrics,
	log,
}: MlflowSyncDeps) {
	let nextMs = 0;
	let lookAtMs = 0;
	/** Of the aliases that MLflow has. */
	let revision = -1;
	const tried = new Set<string>();

	async function counted<T>(
		operation: "register" | "promote" | "fetch",
		work: () => Promise<T>,
	): Promise<T> {
		try {
			const done = await work();
			metrics.mlflowCalls.inc({ operation, outcome: "ok" });
			return done;
		} catch (error) {
			metrics.mlflowCalls.inc({ operation, outcome: "failed" });
			throw error;
		}
	}

	async function upload(version: ModelVersion): Promise<string> {
		const bytes = await registry.readArtifact(version);
		const model = loadModel(version, bytes);
		const own = modelTag(model);
		await uploadForest(model, own);
		const mlflowVersion = await mlflow.register({
			...{ name: DURATION_MODEL, ownVersion: own, onnx: writeModel(model) },
			metrics: figuresOf(version),
			tags: tagsOf(version),
		});
		await registry.noteMlflow(version, mlflowVersion);
		log.info({ model: own, mlflowVersion }, "registered in MLflow");
		return mlflowVersion;
	}

	async function uploadForest({ forest }: Model, own: string): Promise<void> {
		if (forest === null) return;
		await mlflow.register({
			...{ name: ANOMALY_MODEL, ownVersion: own, onnx: forestOnnx(forest) },
			...{ metrics: {}, tags: { "orchestrator.of": own } },
		});
	}

	async function follow(model: RegisteredModel): Promise<void> {
		for (const alias of ["champion", "challenger"] as const) {
			const own = model.versions.find((one) => one.version === model[alias]);
			const version =
				own === undefined
					? undefined
					: (own.mlflow?.version ??
						(await counted("register", () => upload(own))));
			await counted("promote", () =>
				mlflow.setAlias(DURATION_MODEL, alias, version),
			);
		}
		revision = model.revision;
	}

	async function look(model: RegisteredModel | undefined): Promise<void> {
		const foreign = newestForeign(
			await counted("fetch", () => mlflow.listVersions(DURATION_MODEL)),
		);
		const isKnown = (version: string) =>
			tried.has(version) ||
			model?.versions.some(
				({ source, mlflow: at }) =>
					source === "mlflow" && at?.version === version,
			);
		if (foreign === undefined || isKnown(foreign)) return;
		const { isNew } = await startTraining(foreign);
		if (!isNew) return;
		tried.add(foreign);
		log.info({ mlflowVersion: foreign }, "a model of others is tried");
	}

	return {
		/** Never throws for MLflow. Throws STORE_UNAVAILABLE, TEMPORAL_UNAVAILABLE. */
		async turn(nowMs: number): Promise<void> {
			if (nowMs < nextMs) return;
			try {
				const model = await registry.read(DURATION_MODEL);
				if (model !== undefined && model.revision !== revision)
					await follow(model);
				if (nowMs < lookAtMs) return;
				await look(model);
				lookAtMs = nowMs + lookMs;
			} catch (error) {
				// An answer of another shape is no answer of MLflow either.
				if (
					hasCode(error, "STORE_UNAVAILABLE") ||
					hasCode(error, "TEMPORAL_UNAVAILABLE")
				)
					throw error;
				nextMs = nowMs + RETRY_MS;
				log.warn({ error }, "MLflow does not know what is registered here");
			}
		},
	};
}

function figuresOf({ metrics, training }: ModelVersion) {
	const figures = {
		...{ mae_share: metrics?.mae_share, p90_coverage: metrics?.p90_coverage },
		...{ type_median_mae_share: metrics?.type_median_mae_share },
		training_tickets: training?.tickets,
	};
	return Object.fromEntries(
		Object.entries(figures).filter(
			(one): one is [string, number] => typeof one[1] === "number",
		),
	);
}

function tagsOf({ feature_schema, training, artifact }: ModelVersion) {
	return {
		"orchestrator.feature_schema": feature_schema,
		"orchestrator.sha256": artifact.sha256,
		"orchestrator.data_hash": training?.data_hash ?? "",
		"orchestrator.job": training?.job_id ?? "",
	};
}
