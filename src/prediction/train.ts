import {
	type BackTest,
	backTest,
	judgePromotion,
	type Promotion,
} from "../domain/prediction/back-test.ts";
import { fitModel } from "../domain/prediction/fit.ts";
import {
	ALL_TYPES,
	type LevelChange,
	type Model,
	type Scores,
} from "../domain/prediction/model.ts";
import type { TrainingRequest } from "../domain/prediction/training-request.ts";
import { hasCode } from "../errors.ts";
import type { WritableAuditLog } from "./audit-log.ts";
import { type ForeignTrees, fetchForeignTrees } from "./foreign-trees.ts";
import { loadModel, modelBytes } from "./load-model.ts";
import type { Mlflow } from "./mlflow.ts";
import type { ModelStore } from "./model-store.ts";
import {
	type BackTestMetrics,
	DURATION_MODEL,
	type ModelError,
	type ModelVersion,
	type TrainingResult,
} from "./ports.ts";
import type { EndedAttempts, TrainingSample } from "./training-rows.ts";

const DAY_MS = 86_400_000;
/** A back-test has fewer tickets to learn from than the model. */
const TESTED_SHARE = 0.7;

export interface TrainDeps {
	attempts: Pick<EndedAttempts, "sample">;
	registry: Pick<
		ModelStore,
		"readAliases" | "readVersion" | "readArtifact" | "register" | "giveAlias"
	>;
	auditLog: Pick<WritableAuditLog, "write">;
	/** Absent: there is no MLflow. */
	mlflow?: Mlflow | undefined;
	signal?: AbortSignal;
}

/**
 * One training: a sample of the history, a back-test from past to future, a new version, and its promotion if it is
 * better than the champion and the type's median. Throws STORE_UNAVAILABLE, MLFLOW_UNAVAILABLE; what was registered
 * before stays then.
 */
export async function train(
	deps: TrainDeps,
	job: TrainingRequest & { jobId: string },
): Promise<TrainingResult> {
	const beganMs = Date.now();
	const audit = auditOf(deps, job, beganMs);
	await audit("training_started", { reason: `training by ${job.trigger}` });
	const done = async (
		result: Omit<TrainingResult, "duration_ms">,
	): Promise<TrainingResult> => {
		const { version, reason } = result;
		await audit("training_completed", { version, reason, data: { ...result } });
		return { ...result, duration_ms: Date.now() - beganMs };
	};

	const foreign = await readForeign(deps, job);
	if (foreign !== undefined && "problem" in foreign) {
		const reason = `MLflow's version ${job.mlflowVersion} is not served: ${foreign.problem}`;
		await audit("validation_failed", { reason });
		return await done({
			...{ outcome: "skipped", reason, version: null },
			...{ tickets: 0, metrics: null },
		});
	}
	const aliases = await deps.registry.readAliases(DURATION_MODEL);
	const champion = await readChampion(deps.registry, aliases?.champions.at(-1));
	const window = { fromMs: beganMs - job.windowDays * DAY_MS, toMs: beganMs };
	const sample = await deps.attempts.sample({
		...window,
		...(deps.signal && { signal: deps.signal }),
	});
	const recipe = {
		...{ name: DURATION_MODEL, minTickets: job.minTickets },
		...(foreign && { foreign }),
	};
	const model = fitModel(sample.tickets, recipe);
	if (model === null) return await done(tooFew(sample, job.minTickets));
	const minTickets = Math.floor(TESTED_SHARE * job.minTickets);
	const { changes = [] } = model.trained;
	const tested = backTest(
		sample.tickets,
		{ ...recipe, minTickets },
		champion,
		Math.max(0, ...changes.map(({ since_ms }) => since_ms)),
	);
	const version = await deps.registry.register({
		...describe(model, job, { ...window, sample }),
		metrics: tested && backTestMetrics(tested),
		bytes: modelBytes(model),
	});
	const verdict = judge(tested, job);
	const reason = [...verdict.reasons, ...changes.map(tellChange)].join("; ");
	await audit(verdict.promote ? "validation_passed" : "validation_failed", {
		...{ version: version.version, reason },
	});
	const outcome = verdict.promote
		? await promote(deps, job, {
				...{ version, reason, hasChampion: champion !== null },
				expected: aliases?.revision ?? 0,
			})
		: { outcome: "registered" as const, reason };
	return await done({
		...{ ...outcome, version: version.version, metrics: version.metrics },
		tickets: model.trained.tickets,
	});
}

function judge(
	tested: BackTest | null,
	{ maxErrors }: TrainingRequest,
): Promotion {
	if (tested === null)
		return { promote: false, reasons: ["too few tickets for a back-test"] };
	const percents = Object.entries(maxErrors).map(([type, share]) => [
		type,
		100 * share,
	]);
	return judgePromotion(tested, { maePercent: Object.fromEntries(percents) });
}

function tellChange({ task_type, since_ms, percent }: LevelChange): string {
	const way = percent > 0 ? "longer" : "shorter";
	return `${task_type} takes ${Math.abs(percent)} % ${way} since ${new Date(since_ms).toISOString()}, and older tickets count likewise`;
}

/** Of two trainings that began with the same champion one promotes its model; the other's is registered. */
async function promote(
	{ registry }: Pick<TrainDeps, "registry">,
	{ shadowFirst, mlflowVersion, trigger, by }: TrainingRequest,
	{
		version,
		reason,
		hasChampion,
		expected,
	}: {
		version: ModelVersion;
		reason: string;
		hasChampion: boolean;
		expected: number;
	},
): Promise<Pick<TrainingResult, "outcome" | "reason">> {
	// What others have made is watched on live tickets first.
	const isWatched = shadowFirst || mlflowVersion !== undefined;
	const alias = isWatched && hasChampion ? "challenger" : "champion";
	try {
		await registry.giveAlias({
			...{ name: version.name, version: version.version },
			...{ alias, by, reason, expected, trigger },
		});
	} catch (error) {
		if (!hasCode(error, "MODEL_CHANGED")) throw error;
		return { outcome: "registered", reason: error.message };
	}
	return { outcome: alias === "champion" ? "promoted" : "challenger", reason };
}

/** null: there is none, or it cannot be read. */
async function readChampion(
	registry: TrainDeps["registry"],
	version: number | undefined,
): Promise<Model | null> {
	if (version === undefined) return null;
	try {
		const found = await registry.readVersion(DURATION_MODEL, version);
		return loadModel(found, await registry.readArtifact(found));
	} catch (error) {
		if (hasCode(error, "MODEL_UNREADABLE") || hasCode(error, "MODEL_NOT_FOUND"))
			return null;
		throw error;
	}
}

async function readForeign(
	{ mlflow }: TrainDeps,
	{ mlflowVersion }: TrainingRequest,
): Promise<ForeignTrees | { problem: string } | undefined> {
	if (mlflow === undefined || mlflowVersion === undefined) return undefined;
	return await fetchForeignTrees(mlflow, DURATION_MODEL, mlflowVersion);
}

function tooFew({ tickets, found }: TrainingSample, minTickets: number) {
	const completed = tickets.filter((one) => one.completed).length;
	return {
		...{ outcome: "skipped" as const, version: null, metrics: null },
		tickets: completed,
		reason: `${completed} completed tickets of ${found} that ended are usable, and a model needs ${minTickets}: the estimate stands`,
	};
}

function describe(
	{ feature_schema, foreign, trained }: Model,
	{ jobId, mlflowVersion }: TrainingRequest & { jobId: string },
	{
		fromMs,
		toMs,
		sample,
	}: { fromMs: number; toMs: number; sample: TrainingSample },
): Pick<
	ModelVersion,
	"name" | "source" | "format" | "feature_schema" | "training" | "mlflow"
> {
	return {
		name: DURATION_MODEL,
		source: foreign === null ? "trained" : "mlflow",
		format: foreign === null ? "native" : "onnx",
		feature_schema,
		training: {
			...{ from_ms: fromMs, to_ms: toMs, found: sample.found },
			...{ tickets: trained.tickets, data_hash: trained.data_hash },
			job_id: jobId,
		},
		mlflow: mlflowVersion === undefined ? null : { version: mlflowVersion },
	};
}

function auditOf(
	{ auditLog }: Pick<TrainDeps, "auditLog">,
	{ jobId, by, trigger }: TrainingRequest & { jobId: string },
	beganMs: number,
) {
	return async (
		event_type: Parameters<WritableAuditLog["write"]>[0]["event_type"],
		{
			version = null,
			reason,
			data = {},
		}: { version?: number | null; reason: string; data?: object },
	) =>
		await auditLog.write({
			...{ event_type, model_name: DURATION_MODEL, model_version: version },
			...{ user_id: by, triggered_by: trigger, reason },
			duration_seconds: (Date.now() - beganMs) / 1_000,
			event_data: { job_id: jobId, ...data },
		});
}

/** The figures of a back-test, as they are kept with the version. */
function backTestMetrics({ scores }: BackTest): BackTestMetrics | null {
	const own = scores.candidate ?? {};
	const median = scores.type_median ?? {};
	const all = own[ALL_TYPES];
	if (all === undefined) return null;
	const champion = scores.champion?.[ALL_TYPES];
	const byType = Object.entries(own).filter(([type]) => type !== ALL_TYPES);
	return {
		...errorOf(all, median[ALL_TYPES]),
		champion_mae_share: champion ? champion.mae_percent / 100 : null,
		by_type: Object.fromEntries(
			byType.map(([type, one]) => [type, errorOf(one, median[type])]),
		),
	};
}

function errorOf(own: Scores, median: Scores | undefined): ModelError {
	return {
		tickets: own.tickets,
		mae_share: own.mae_percent / 100,
		type_median_mae_share: (median ?? own).mae_percent / 100,
		p90_coverage: own.p90_coverage_percent / 100,
	};
}
