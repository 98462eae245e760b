import { estimated } from "../domain/prediction/estimate.ts";
import {
	type Correction,
	type Model,
	modelTag,
} from "../domain/prediction/model.ts";
import {
	predictDuration,
	predictorTag,
	predictTicket,
} from "../domain/prediction/predict.ts";
import type { TicketFacts } from "../domain/prediction/prediction.ts";
import { readCorrection } from "../domain/prediction/read-model.ts";
import { isRetryable } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Mongo } from "../storage/storage-context.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { loadModel } from "./load-model.ts";
import { type AliasDocument, MODELS } from "./model-documents.ts";
import type { ModelStore } from "./model-store.ts";
import {
	DURATION_MODEL,
	type ModelViewState,
	type Predictor,
} from "./ports.ts";

/** Between two looks. */
export const MODEL_PAUSE_MS = 5_000;
/** A version that does not load is tried again so often: its bytes may be repaired. */
const RETRY_MS = 60_000;

/** `_id` of what the learner keeps, in `models`. */
export const learningId = (name: string) => `${name}/learning`;

/** What this process predicts by. */
interface KnownModel {
	model: Model;
	/** null: nothing has been learned since it was trained. */
	correction: Correction | null;
}

/** The champion as this process knows it, polled; while MongoDB is away, or a champion does not load, the former stays. */
export interface ModelView extends Predictor {
	current(): KnownModel | null;
	/** As read last; null: there is none. */
	aliases(): AliasDocument | null;
	state(): ModelViewState;
	/** Reads now. An outage leaves what is known. */
	refresh(): Promise<void>;
}

export interface ModelViewDeps {
	mongo: Mongo;
	store: Pick<ModelStore, "readVersion" | "readArtifact">;
	metrics: Pick<
		Metrics,
		| "mlPredictions"
		| "mlPredictionSeconds"
		| "mlAnomalies"
		| "mlModelLoadErrors"
		| "mlModelVersion"
		| "mlModelReadAt"
		| "mlModelAccuracy"
	>;
	log: Pick<Log, "info" | "warn" | "error">;
}

export function createModelView({
	mongo,
	store,
	metrics,
	log,
}: ModelViewDeps): ModelView {
	let known: KnownModel | null = null;
	let aliases: AliasDocument | null = null;
	let readAtMs: number | null = null;
	let unreadable: (ModelViewState["unreadable"] & { atMs: number }) | null =
		null;
	let throwing: string | null = null;
	metrics.mlModelVersion.set(0);

	async function read(): Promise<void> {
		const ids = [DURATION_MODEL, learningId(DURATION_MODEL)];
		const found = await mongo.run({ collection: MODELS, name: "poll" }, (it) =>
			it
				.find(
					{ _id: { $in: ids } },
					{
						projection: {
							...{ kind: 1, champions: 1, challenger: 1, revision: 1 },
							correction: 1,
						},
					},
				)
				.toArray(),
		);
		const [own, learned] = ids.map((id) => found.find(({ _id }) => _id === id));
		await followAliases((own ?? null) as AliasDocument | null);
		if (known !== null)
			known = {
				...known,
				correction: correctionFor(known.model, learned?.correction),
			};
		readAtMs = Date.now();
		metrics.mlModelReadAt.set(readAtMs / 1_000);
	}

	async function followAliases(own: AliasDocument | null): Promise<void> {
		if (own !== null && !Array.isArray(own.champions))
			return refuse(DURATION_MODEL, new Error("its aliases are damaged"));
		aliases = own;
		await follow(own?.champions.at(-1));
	}

	async function follow(champion: number | undefined): Promise<void> {
		if (champion === known?.model.version) unreadable = null;
		if (champion === undefined || champion === known?.model.version) return;
		const tag = `${DURATION_MODEL}@${champion}`;
		if (isTried(tag)) return;
		try {
			const version = await store.readVersion(DURATION_MODEL, champion);
			const model = loadModel(version, await store.readArtifact(version));
			known = { model, correction: null };
			unreadable = null;
			show(model);
			log.info({ model: tag }, "predicts by this model now");
		} catch (error) {
			if (isRetryable(error)) throw error;
			refuse(tag, error);
		}
	}

	function isTried(tag: string): boolean {
		if (unreadable?.model !== tag) return false;
		return Date.now() - unreadable.atMs < RETRY_MS;
	}

	/** Counted at each try, told once. */
	function refuse(tag: string, error: unknown): void {
		if (isTried(tag)) return;
		const isTold = unreadable?.model === tag;
		const reason = error instanceof Error ? error.message : String(error);
		unreadable = { model: tag, reason, atMs: Date.now() };
		metrics.mlModelLoadErrors.inc({ alias: "champion" });
		if (isTold) return;
		const stays = known === null ? null : modelTag(known.model);
		log.error({ error, model: tag, stays }, "the champion does not load");
	}

	function show({ version, tested }: Model): void {
		metrics.mlModelVersion.set(version);
		if (tested === null) return;
		const mae = tested.mae_percent / 100;
		const figures = {
			mae_share: mae,
			type_median_mae_share: mae / tested.to_type_median,
			p90_coverage: tested.p90_coverage_percent / 100,
		};
		for (const [metric_type, value] of Object.entries(figures))
			if (Number.isFinite(value))
				metrics.mlModelAccuracy.set({ metric_type }, value);
	}

	/** Once for each model: it may throw at every ticket, and predictions count those as fallback. */
	function tellThrowing(model: string, error: unknown): void {
		if (throwing === model) return;
		throwing = model;
		log.error({ error, model }, "no prediction");
	}

	/** By the model, or by the estimate when it cannot be used. */
	function guarded<T>(
		facts: TicketFacts,
		by: (facts: TicketFacts, known: KnownModel) => T,
	) {
		if (known === null)
			return estimated(facts, unreadable === null ? "estimate" : "fallback");
		try {
			return by(facts, known);
		} catch (error) {
			tellThrowing(modelTag(known.model), error);
			return estimated(facts, "fallback");
		}
	}

	const preview = (tickets: readonly TicketFacts[]) =>
		tickets.map((facts) =>
			guarded(facts, (it, { model, correction }) =>
				predictTicket(it, model, correction),
			),
		);

	return {
		current: () => known,
		aliases: () => aliases,
		state: () => ({
			model: tagOf(known),
			readAtMs,
			unreadable: unreadable && {
				...{ model: unreadable.model, reason: unreadable.reason },
			},
		}),

		async refresh() {
			try {
				await read();
			} catch (error) {
				// Counted where MongoDB is asked; `/health/ml` tells the age of what is known.
				if (!isRetryable(error)) throw error;
			}
		},

		predict(tickets) {
			const stopTimer = metrics.mlPredictionSeconds.startTimer();
			const predictions = preview(tickets);
			stopTimer();
			for (const { source, anomaly } of predictions) {
				metrics.mlPredictions.inc({ source });
				const { is_anomaly, anomaly_type } = anomaly;
				if (is_anomaly && anomaly_type !== null)
					metrics.mlAnomalies.inc({ anomaly_type });
			}
			return predictions;
		},

		preview,

		get isReady() {
			return known !== null || unreadable !== null;
		},

		countEstimates: (tickets) =>
			metrics.mlPredictions.inc({ source: "estimate" }, tickets),

		fellBack({ reason, tasks, error, plan_id }) {
			const source = reason === "failed" ? "fallback" : "estimate";
			metrics.mlPredictions.inc({ source }, tasks);
			const what = { error, plan_id, reason, model: tagOf(known) };
			log.warn(what, "a plan goes by its estimates");
		},

		predictDurations: (tickets) =>
			tickets.map((facts) =>
				guarded(facts, (it, { model, correction }) =>
					predictDuration(it, model, correction),
				),
			),

		get model() {
			return tagOf(known);
		},

		get accuracy() {
			const ratio = known?.model.tested?.to_type_median;
			if (ratio === undefined || !Number.isFinite(ratio)) return null;
			return Math.min(1, Math.max(0, 1 - ratio));
		},
	};
}

function tagOf(known: KnownModel | null): string | null {
	return known && predictorTag(known.model, known.correction);
}

/** The stored correction, if it belongs to the model. */
function correctionFor(model: Model, stored: unknown): Correction | null {
	const correction = readCorrection(stored);
	return correction?.model === modelTag(model) ? correction : null;
}
