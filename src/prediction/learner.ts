import type { AllocationOutcome } from "../../schemas/allocation-outcome.ts";
import { learnFrom } from "../domain/prediction/learning-step.ts";
import { type Model, modelTag } from "../domain/prediction/model.ts";
import { sumCounts } from "../domain/sum-counts.ts";
import { hasCode, isRetryable, OrchestratorError } from "../errors.ts";
import type { Log } from "../log.ts";
import { isTooLarge } from "../storage/mongo.ts";
import { outcomeOf } from "./allocation-outcomes.ts";
import {
	type FollowUpDeps,
	retrainIfDue,
	settleShadow,
	tellDrift,
} from "./follow-up.ts";
import type { LearningCounters } from "./learning-counters.ts";
import type { LearningDocument, LearningStore } from "./learning-store.ts";
import { loadModel } from "./load-model.ts";
import type { ModelStore } from "./model-store.ts";
import type { ModelView } from "./model-view.ts";
import { DURATION_MODEL } from "./ports.ts";
import { createEndReader, type UnreadPage } from "./read-ends.ts";
import type { EndedAttempts, EndedPage } from "./training-rows.ts";

/** Between two turns. */
export const LEARN_PAUSE_MS = 5_000;
/** The documents of an attempt and its ticket are stored within a second of each other. */
const SETTLE_MS = 3_000;
/** The rest waits for the next turn. */
const MAX_PAGES = 20;
/** A challenger's bytes may be repaired. */
const RELOAD_MS = 60_000;

/** Whether this process is the one that learns; an outage leaves that open. */
type LearnerRole = "leading" | "following" | "unknown";

export interface LearnerDeps extends FollowUpDeps {
	attempts: Pick<EndedAttempts, "listStored" | "read" | "countCompleted">;
	/** Whether the indexes are there: without them every read looks at all attempts. */
	isIndexed(): boolean;
	store: LearningStore;
	view: Pick<ModelView, "current" | "aliases" | "refresh">;
	registry: Pick<ModelStore, "readVersion" | "readArtifact" | "giveAlias">;
	publisher: FollowUpDeps["publisher"] & {
		publishOutcomes(outcomes: readonly AllocationOutcome[]): Promise<void>;
	};
	counters: LearningCounters;
	settings: FollowUpDeps["settings"] & {
		watchesDrift: boolean;
		publishesOutcomes: boolean;
		windowDays: number;
		settleMs?: number;
	};
	log: Pick<Log, "info" | "warn" | "error">;
}

/**
 * Learns from every attempt that ends, once: one process of all does, by a lease. A turn writes what it came to at
 * once, with how far it has read, so another one goes on there.
 */
export function createLearner(deps: LearnerDeps) {
	const { attempts, store, view, counters, settings, log } = deps;
	const { settleMs = SETTLE_MS } = settings;
	const reader = createEndReader(attempts);
	let challenger: Model | null = null;
	/** Of the aliases that named it. */
	let revision = 0;
	let unreadable: { version: number; atMs: number } | null = null;
	let isWarned = false;

	const champion = () => view.current()?.model ?? null;

	async function begin(
		document: LearningDocument,
		nowMs: number,
	): Promise<LearningDocument | undefined> {
		const fromMs = nowMs - settings.windowDays * 86_400_000;
		const since_training = await attempts.countCompleted(fromMs);
		const watermark = { ms: nowMs - settleMs };
		return await store.save({ ...document, watermark, since_training });
	}

	/** A page that can never be learned from is left behind, counted. */
	async function learnPage(
		document: LearningDocument,
		page: UnreadPage,
		nowMs: number,
	): Promise<LearningDocument | undefined> {
		const read = { watermark: { ms: page.untilMs }, updated_at: nowMs };
		try {
			return await learnFromPage({ ...document, ...read }, page);
		} catch (error) {
			if (error instanceof OrchestratorError && !isTooLarge(error)) throw error;
			const refused = page.finished.length;
			log.error({ error, refused }, "a page of attempts is left behind");
			const more = sumCounts(page.skipped, { refused });
			counters.skipped(more);
			const skipped = sumCounts(document.skipped, more);
			return await store.save({ ...document, ...read, skipped });
		}
	}

	async function learnFromPage(
		document: LearningDocument,
		page: UnreadPage,
	): Promise<LearningDocument | undefined> {
		const { finished } = page;
		const model = champion();
		const models = { champion: model, challenger };
		const step = learnFrom(document, finished, models, settings);
		const outcomes = outcomesOf(page);
		// Others are told before it is noted that they were: what is told twice has the same id.
		if (settings.publishesOutcomes && outcomes.length > 0)
			await deps.publisher.publishOutcomes(outcomes);
		for (const drift of step.begun) await tellDrift(deps, drift, model);
		for (const task_type of step.ended)
			log.info({ task_type }, "durations are as foretold again");
		const [drift] = settings.retrains ? step.begun : [];
		const completed = finished.filter((one) => one.completed).length;
		// What a new champion knows, whoever asked for its training, asks for no other.
		const asked =
			document.model === step.learned.model
				? document
				: { since_training: 0, retrain: null };
		const saved = await store.save({
			...document,
			...step.learned,
			learned_attempts: document.learned_attempts + finished.length,
			skipped: sumCounts(document.skipped, page.skipped),
			since_training: asked.since_training + completed,
			retrain:
				asked.retrain ??
				(drift === undefined
					? null
					: {
							trigger: "drift",
							reason: `${drift.task_type} drifts by ${drift.percent} %`,
						}),
		});
		if (saved !== undefined) {
			counters.learned(page);
			counters.allocated(outcomes);
		}
		return saved;
	}

	/** One that does not load is tried again now and then, and told once. */
	async function readChallenger(nowMs: number): Promise<void> {
		const aliases = view.aliases();
		const version = aliases?.challenger ?? null;
		revision = aliases?.revision ?? 0;
		if (version === (challenger?.version ?? null)) return;
		challenger = null;
		if (version === null) return;
		const isTold = unreadable?.version === version;
		if (isTold && nowMs - (unreadable?.atMs ?? 0) < RELOAD_MS) return;
		try {
			const found = await deps.registry.readVersion(DURATION_MODEL, version);
			challenger = loadModel(found, await deps.registry.readArtifact(found));
			unreadable = null;
		} catch (error) {
			if (isRetryable(error)) throw error;
			counters.unreadable();
			unreadable = { version, atMs: nowMs };
			if (!isTold)
				log.error({ error, version }, "the challenger does not load");
		}
	}

	/** What it has come to then; undefined: another one learns now. */
	async function learnPages(
		begun: LearningDocument | undefined,
		nowMs: number,
	): Promise<LearningDocument | undefined> {
		let document = begun;
		for (let pages = 0; pages < MAX_PAGES; pages += 1) {
			if (document?.watermark == null) return undefined;
			const { ms } = document.watermark;
			const page = await reader.read(ms, nowMs - settleMs);
			// A new champion begins with what it has not seen.
			if (page.stored.size > 0 || document.model !== tagOf(champion())) {
				document = await learnPage(document, page, nowMs);
				if (document === undefined) return undefined;
				reader.done(page);
			}
			counters.learnedUntil(page.untilMs);
			if (!page.isFull) break;
		}
		return document;
	}

	async function learnAll(nowMs: number): Promise<"leading" | "following"> {
		const leased = await store.lease(nowMs);
		if (leased === undefined) return "following";
		if (!deps.isIndexed()) return "leading";
		await view.refresh();
		await readChallenger(nowMs);
		const begun =
			leased.watermark === null ? await begin(leased, nowMs) : leased;
		const document = await learnPages(begun, nowMs);
		if (document === undefined) return "following";
		counters.show(document);
		await settleShadow(deps, document, { challenger, revision });
		await retrainIfDue(deps, document, champion());
		return "leading";
	}

	return {
		/** An outage is logged once, and the next turn goes on. */
		async turn(nowMs: number): Promise<LearnerRole> {
			try {
				const role = await learnAll(nowMs);
				if (role === "following") counters.following();
				isWarned = false;
				return role;
			} catch (error) {
				const isOutage =
					isRetryable(error) ||
					hasCode(error, "MODEL_CHANGED") ||
					hasCode(error, "PUBLISH_REFUSED");
				if (!isOutage) throw error;
				counters.standing(nowMs);
				if (!isWarned)
					log.warn({ error }, "nothing is learned for now, trying again");
				isWarned = true;
				return "unknown";
			}
		},

		release: () => store.release(),
	};
}

function outcomesOf({ finished, allocations }: EndedPage): AllocationOutcome[] {
	return finished.flatMap((one) => {
		const allocation = allocations.get(one.ticket_id);
		return allocation === undefined ? [] : [outcomeOf(one, allocation)];
	});
}

function tagOf(model: Model | null): string | null {
	return model && modelTag(model);
}
