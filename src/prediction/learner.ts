import type { AllocationOutcome } from "../../schemas/allocation-outcome.ts";
import type { TypeDrift } from "../domain/prediction/drift.ts";
import {
	type LearnedStep,
	learnFrom,
} from "../domain/prediction/learning-step.ts";
import { type Model, modelTag } from "../domain/prediction/model.ts";
import { sumCounts } from "../domain/sum-counts.ts";
import { hasCode, isRetryable, OrchestratorError } from "../errors.ts";
import { isTooLarge } from "../storage/mongo.ts";
import { outcomeOf } from "./allocation-outcomes.ts";
import { driftIncident } from "./drift-incident.ts";
import { LEARNER, type LearnerDeps } from "./learner-deps.ts";
import type { LearningDocument } from "./learning-store.ts";
import { loadModel } from "./load-model.ts";
import type { ModelView } from "./model-view.ts";
import { DURATION_MODEL } from "./ports.ts";
import { createEndReader, type UnreadPage } from "./read-ends.ts";
import { retrainIfDue } from "./retrain.ts";
import { settleShadow } from "./settle-shadow.ts";
import type { EndedPage } from "./training-rows.ts";

/** Between two turns. */
export const LEARN_PAUSE_MS = 5_000;
/** The documents of an attempt and its ticket are stored within a second of each other. */
const SETTLE_MS = 3_000;
/** The rest waits for the next turn. */
const MAX_PAGES = 20;
/** A challenger's bytes may be repaired. */
const RELOAD_MS = 60_000;
const PUBLISH_MS = 5_000;

/** Whether this process is the one that learns; an outage leaves that open. */
export type LearnerRole = "leading" | "following" | "unknown";

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
		try {
			return await learnFromPage(document, page, nowMs);
		} catch (error) {
			if (error instanceof OrchestratorError && !isTooLarge(error)) throw error;
			const refused = page.finished.length;
			log.error({ error, refused }, "a page of attempts is left behind");
			const skipped = sumCounts(page.skipped, { refused });
			counters.skipped(skipped);
			return await store.save({
				...document,
				watermark: { ms: page.untilMs },
				skipped: sumCounts(document.skipped, skipped),
				updated_at: nowMs,
			});
		}
	}

	async function learnFromPage(
		document: LearningDocument,
		page: UnreadPage,
		nowMs: number,
	): Promise<LearningDocument | undefined> {
		const champion = view.current()?.model ?? null;
		const models = { champion, challenger };
		const step = learnFrom(document, page.finished, models, settings);
		const outcomes = outcomesOf(page);
		await tell(outcomes, step, champion);
		const { trigger, reason } = retrainFor(step.begun) ?? {};
		const completed = page.finished.filter((one) => one.completed).length;
		const saved = await store.save({
			...document,
			...step.learned,
			watermark: { ms: page.untilMs },
			learned_attempts: document.learned_attempts + page.finished.length,
			skipped: sumCounts(document.skipped, page.skipped),
			since_training: document.since_training + completed,
			retrain:
				document.retrain ?? (trigger && reason ? { trigger, reason } : null),
			updated_at: nowMs,
		});
		if (saved !== undefined) {
			counters.learned(page);
			counters.allocated(outcomes);
		}
		return saved;
	}

	/** Others are told before it is noted that they were: what is told twice has the same id. */
	async function tell(
		outcomes: readonly AllocationOutcome[],
		{ begun, ended }: LearnedStep,
		champion: Model | null,
	): Promise<void> {
		if (settings.publishesOutcomes && outcomes.length > 0)
			await deps.publisher.publishOutcomes(outcomes);
		for (const drift of begun) await tellDrift(drift, champion);
		for (const task_type of ended)
			log.info({ task_type }, "durations are as foretold again");
	}

	async function tellDrift(drift: TypeDrift, champion: Model | null) {
		const model = champion === null ? "" : modelTag(champion);
		log.warn({ ...drift, model }, "durations have left what is foretold");
		const incident = driftIncident(drift, model);
		await deps.publisher.publishIncident(incident, {
			timeoutMs: PUBLISH_MS,
			signal: AbortSignal.timeout(PUBLISH_MS),
		});
		await deps.auditLog.write({
			audit_id: incident.incident_id,
			...{ event_type: "drift_detected", model_name: DURATION_MODEL },
			model_version: champion?.version ?? null,
			...{ user_id: LEARNER, triggered_by: "drift" },
			reason: incident.details[0] ?? "",
			event_data: { ...drift },
		});
	}

	function retrainFor(begun: readonly TypeDrift[]) {
		const [first] = begun;
		if (first === undefined || !settings.retrains) return null;
		const reason = `${first.task_type} drifts by ${first.percent} %`;
		return { trigger: "drift" as const, reason };
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

	async function learnAll(nowMs: number): Promise<"leading" | "following"> {
		let document = await store.lease(nowMs);
		if (document === undefined) return "following";
		await view.refresh();
		await readChallenger(nowMs);
		if (document.watermark === null) document = await begin(document, nowMs);
		for (let pages = 0; pages < MAX_PAGES; pages += 1) {
			if (document?.watermark == null) return "following";
			const { ms } = document.watermark;
			const page = await reader.read(ms, nowMs - settleMs);
			// A new champion begins with what it has not seen.
			if (page.stored.size > 0 || document.model !== tagOf(view)) {
				document = await learnPage(document, page, nowMs);
				if (document === undefined) return "following";
				reader.done(page);
			}
			counters.learnedUntil(page.untilMs);
			if (!page.isFull) break;
		}
		if (document !== undefined) counters.show(document);
		document = await settleShadow(deps, document, { challenger, revision });
		await retrainIfDue(deps, document, view.current()?.model ?? null);
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

function tagOf(view: Pick<ModelView, "current">): string | null {
	const model = view.current()?.model;
	return model === undefined ? null : modelTag(model);
}
