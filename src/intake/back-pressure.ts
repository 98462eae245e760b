import { setTimeout as delay } from "node:timers/promises";
import { OrchestratorError } from "../errors.ts";
import type { IntakeMetrics, PauseReason } from "./intake-metrics.ts";
import type { IntakeLog } from "./intake-record.ts";

export interface BackPressureDeps {
	topic: string;
	pause(): void;
	resume(): void;
	/** Plans at work; throws when Temporal is away. */
	countOpenPlans(): Promise<number>;
	maxOpenPlans: number;
	metrics: Pick<IntakeMetrics, "paused" | "openPlans">;
	log: IntakeLog;
	/** Between two counts, while records flow or the topic is paused. */
	pollMs?: number;
	now?: () => number;
}

/** Stops the flow of decisions while nobody could take them. */
export interface BackPressure {
	/**
	 * Resolves when a plan may be started. Throws INTAKE_PAUSED when the topic is paused and stays so
	 * for a while, or when the signal is aborted.
	 */
	admit(signal: AbortSignal): Promise<void>;
	/** A plan was started. */
	started(): void;
	/** A start failed: pauses when that was because Temporal is away. */
	failed(error: unknown): void;
	stop(): Promise<void>;
}

const POLL_MS = 2_000;
/** A topic that was paused for too many plans goes on below this share of the limit. */
const RESUME_RATIO = 0.8;
/** How long a batch waits for the end of a pause before its records are given back. */
const PATIENCE_MS = 5_000;

export function createBackPressure({
	topic,
	pause,
	resume,
	countOpenPlans,
	maxOpenPlans,
	metrics,
	log,
	pollMs = POLL_MS,
	now = Date.now,
}: BackPressureDeps): BackPressure {
	const stopping = new AbortController();
	let closedFor: PauseReason | undefined;
	/** Settles when the topic goes on. */
	let reopened = Promise.withResolvers<void>();
	let watching: Promise<void> | undefined;
	let counting: Promise<void> | undefined;
	let openCount = 0;
	let startedCount = 0;
	let countedAtMs = Number.NEGATIVE_INFINITY;

	/** Plans at work by the last count, and those started since it was asked. */
	const estimate = () => openCount + startedCount;

	async function count(): Promise<void> {
		const before = startedCount;
		openCount = await countOpenPlans();
		startedCount -= before;
		countedAtMs = now();
		metrics.openPlans(openCount);
	}

	async function refresh(): Promise<void> {
		if (now() - countedAtMs < pollMs) return;
		counting ??= count().finally(() => {
			counting = undefined;
		});
		// Who cannot count must not go on: no number is not a small number.
		await counting.catch((error: unknown) =>
			closeFor("temporal-away", String(error)),
		);
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
			await delay(pollMs, undefined, stopping).catch(() => undefined);
			if (stopping.signal.aborted) return;
			await count().then(openAgain, noteProbe);
		}
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

	async function waitUntilOpen(signal: AbortSignal): Promise<void> {
		const over = new AbortController();
		const enough = AbortSignal.any([over.signal, signal, stopping.signal]);
		const patience = delay(PATIENCE_MS, undefined, { signal: enough });
		await Promise.race([reopened.promise, patience.catch(() => undefined)]);
		over.abort();
	}

	return {
		async admit(signal) {
			if (closedFor === undefined) await refresh();
			if (closedFor === undefined && estimate() >= maxOpenPlans) {
				const why = `${estimate()} plans at work, the limit is ${maxOpenPlans}`;
				closeFor("open-plans", why);
			}
			if (closedFor !== undefined) await waitUntilOpen(signal);
			if (closedFor === undefined && !signal.aborted) return;
			const text = `topic ${topic} is paused: ${closedFor ?? "stopping"}`;
			throw new OrchestratorError("INTAKE_PAUSED", text);
		},
		started() {
			startedCount += 1;
		},
		failed(error) {
			if (isTemporalAway(error)) closeFor("temporal-away", error.message);
		},
		async stop() {
			stopping.abort();
			await watching;
		},
	};
}

function isTemporalAway(error: unknown): error is OrchestratorError {
	return (
		error instanceof OrchestratorError && error.code === "TEMPORAL_UNAVAILABLE"
	);
}
