import { setTimeout as delay } from "node:timers/promises";
import { hasCode, OrchestratorError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { IntakeMetrics, PauseReason } from "../plans/intake-metrics.ts";

export interface BackPressureDeps {
	topic: string;
	pause(): void;
	resume(): void;
	/** Counts open plans; throws when Temporal is away. */
	countOpenPlans(): Promise<number>;
	maxOpenPlans: number;
	/** Why a person has stopped intake; undefined: nobody has. */
	whyStopped?(): Promise<string | undefined>;
	metrics: Pick<IntakeMetrics, "paused">;
	log: Log;
	/**
	 * Between two counts, while records flow or the topic is paused; also how long Temporal's visibility
	 * may take to tell of a new plan.
	 */
	pollMs?: number;
	now?: () => number;
}

/** Stops the flow of decisions while no plan could be started. */
export interface BackPressure {
	/**
	 * Resolves when a plan may be started, and counts it as started. Throws INTAKE_PAUSED when the topic
	 * is paused and stays so for a while, or when the signal is aborted.
	 */
	admit(signal: AbortSignal): Promise<Permit>;
	/** A start failed: pauses when that was because Temporal is away. */
	failed(error: unknown): void;
	stop(): Promise<void>;
}

/** Permission to start one plan, counted among the plans at work. */
export interface Permit {
	/** Gives the permit back: no plan was started. */
	release(): void;
}

const POLL_MS = 2_000;
/** A topic that was paused because of too many plans is resumed below this share of the limit. */
const RESUME_RATIO = 0.8;
/** How long a batch waits for the end of a pause before its records are left for the next delivery. */
const PATIENCE_MS = 5_000;

export function createBackPressure({
	topic,
	pause,
	resume,
	countOpenPlans,
	maxOpenPlans,
	whyStopped = async () => undefined,
	metrics,
	log,
	pollMs = POLL_MS,
	now = Date.now,
}: BackPressureDeps): BackPressure {
	const stopping = new AbortController();
	let closedFor: PauseReason | undefined;
	/** Settles when the topic is resumed. */
	let reopened = Promise.withResolvers<void>();
	let watching: Promise<void> | undefined;
	let counting: Promise<void> | undefined;
	let openCount = 0;
	let countedAtMs = Number.NEGATIVE_INFINITY;
	/** When the plans were admitted that the last count may not have seen. */
	let admittedAtMs: number[] = [];

	/** Never too low: for a moment a new plan is counted twice. */
	const estimate = () => openCount + admittedAtMs.length;

	async function count(): Promise<void> {
		const askedAtMs = now();
		openCount = await countOpenPlans();
		// Temporal's visibility shows a new plan a little later.
		const seenUntilMs = askedAtMs - pollMs;
		admittedAtMs = admittedAtMs.filter((atMs) => atMs > seenUntilMs);
		countedAtMs = now();
	}

	function takePermit(): Permit {
		const atMs = now();
		admittedAtMs.push(atMs);
		return {
			release() {
				const index = admittedAtMs.indexOf(atMs);
				if (index !== -1) admittedAtMs.splice(index, 1);
			},
		};
	}

	async function refresh(): Promise<void> {
		if (now() - countedAtMs < pollMs) return;
		counting ??= count().finally(() => {
			counting = undefined;
		});
		// If we cannot count, pause: an unknown number is not zero.
		await counting.catch((error: unknown) =>
			closeFor("temporal-away", String(error)),
		);
		const why = await whyStopped();
		if (why !== undefined) closeFor("stopped", why);
	}

	function closeFor(reason: PauseReason, why: string): void {
		if (closedFor !== undefined || stopping.signal.aborted) return;
		closedFor = reason;
		reopened = Promise.withResolvers();
		pause();
		metrics.paused(topic, reason, true);
		log.warn({ topic, reason, why }, "topic paused");
		watching = watch();
	}

	async function watch(): Promise<void> {
		while (closedFor !== undefined && !stopping.signal.aborted) {
			const { signal } = stopping;
			await delay(pollMs, undefined, { signal }).catch(() => undefined);
			if (stopping.signal.aborted) return;
			await count().then(openUnlessStopped, noteProbe);
		}
	}

	async function openUnlessStopped(): Promise<void> {
		if ((await whyStopped()) === undefined) openAgain();
	}

	function openAgain(): void {
		const reason = closedFor;
		if (reason === undefined) return;
		if (estimate() > maxOpenPlans * RESUME_RATIO) return;
		closedFor = undefined;
		metrics.paused(topic, reason, false);
		log.info({ topic, reason, openPlans: openCount }, "topic taken up again");
		resume();
		reopened.resolve();
	}

	function noteProbe(error: unknown): void {
		log.debug({ topic, reason: closedFor, error }, "topic stays paused");
	}

	/** Whether the topic is resumed before the wait is over. */
	async function goesOn(enough: AbortSignal): Promise<boolean> {
		const over = Promise.withResolvers<void>();
		const end = () => over.resolve();
		enough.addEventListener("abort", end, { once: true });
		if (!enough.aborted) await Promise.race([reopened.promise, over.promise]);
		enough.removeEventListener("abort", end);
		return !enough.aborted;
	}

	async function tryAdmit(): Promise<Permit | undefined> {
		if (closedFor === undefined) await refresh();
		// No await from here on: a permit found free is taken.
		if (closedFor === undefined && estimate() >= maxOpenPlans) {
			const why = `${estimate()} plans at work, the limit is ${maxOpenPlans}`;
			closeFor("open-plans", why);
		}
		return closedFor === undefined ? takePermit() : undefined;
	}

	async function admitLater(signal: AbortSignal): Promise<Permit | undefined> {
		const patience = AbortSignal.timeout(PATIENCE_MS);
		const enough = AbortSignal.any([signal, stopping.signal, patience]);
		while (await goesOn(enough)) {
			const permit = await tryAdmit();
			if (permit !== undefined) return permit;
		}
		return undefined;
	}

	return {
		async admit(signal) {
			const permit = (await tryAdmit()) ?? (await admitLater(signal));
			if (permit !== undefined) return permit;
			const text = `topic ${topic} is paused: ${closedFor ?? "it stops"}`;
			throw new OrchestratorError("INTAKE_PAUSED", text);
		},
		failed(error) {
			if (hasCode(error, "TEMPORAL_UNAVAILABLE"))
				closeFor("temporal-away", error.message);
		},
		async stop() {
			stopping.abort();
			await watching;
		},
	};
}
