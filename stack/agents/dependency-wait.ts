import { LRUCache } from "lru-cache";
import { createPause, type Pause } from "./pause.ts";
import { createSlots } from "./slots.ts";
import type { TicketApi } from "./ticket-api.ts";

/** How the dependencies of a ticket ended. */
export type DependencyOutcome =
	| { kind: "completed" }
	| { kind: "failed"; ticketId: string; message: string };

export interface DependencyWait {
	/** Resolves when every ticket has completed, or as soon as one is found that finally has not. */
	wait(
		ticketIds: readonly string[],
		signal: AbortSignal,
	): Promise<DependencyOutcome>;
	/** An agent of this process has just answered for this ticket: ask again soon. The API's answer decides, not this. */
	hint(ticketId: string): void;
	close(): void;
}

export interface DependencyWaitOptions {
	api: TicketApi;
	/** First interval between two questions about one ticket; it grows up to `pollMaxMs`. */
	pollMs: number;
	pollMaxMs: number;
	/** How long a dependency is waited for at most. */
	waitMaxMs: number;
}

/** Questions to the API at the same time, for all agents of the process. */
const CONCURRENT_REQUESTS = 8;
/** Dependencies of one ticket that are asked about at the same time: a wide fan-in is walked, not flooded. */
const GROUP_SIZE = 8;
const REMEMBERED_TICKETS = 50_000;
/** Of the interval from question to question: an answer is seen late by half the time it took at most. */
const GROWTH = 1.5;
/** The more tickets are asked about, the rarer each: at most 200 questions a second in all. */
const FAIR_INTERVAL_MS = 5;
/** After a hint the answer is near: so many questions do not wait for their turn. */
const HURRIED_ASKS = 10;

/**
 * Waits for tickets by asking the API. Shared by all agents of a process: one open question per
 * ticket however many wait for it, and final answers are remembered, so that a fan-out of any width
 * costs one poll and a fan-in one question per dependency.
 */
export function createDependencyWait(
	options: DependencyWaitOptions,
): DependencyWait {
	const closing = new AbortController();
	const finals = new LRUCache<string, DependencyOutcome>({
		max: REMEMBERED_TICKETS,
	});
	const watches = new Map<string, Watch>();
	const requests = createSlots(CONCURRENT_REQUESTS);

	function watch(ticketId: string): Promise<DependencyOutcome> {
		const known = finals.get(ticketId);
		if (known !== undefined) return Promise.resolve(known);
		const open = watches.get(ticketId);
		if (open !== undefined) return open.outcome;
		const pause = createPause();
		const outcome = poll(ticketId, pause).finally(() =>
			watches.delete(ticketId),
		);
		// Everybody who waited may have gone when the watch is closed.
		outcome.catch(() => {});
		watches.set(ticketId, { pause, outcome });
		return outcome;
	}

	async function poll(
		ticketId: string,
		pause: Pause,
	): Promise<DependencyOutcome> {
		const giveUpAtMs = Date.now() + options.waitMaxMs;
		let intervalMs = options.pollMs;
		let hurriedAsks = 0;
		while (Date.now() < giveUpAtMs) {
			const status = await requests.run(
				() => options.api.status(ticketId, closing.signal),
				closing.signal,
			);
			if (status.kind !== "open") {
				const outcome = toOutcome(ticketId, status);
				finals.set(ticketId, outcome);
				return outcome;
			}
			const fairMs = watches.size * FAIR_INTERVAL_MS;
			const waitMs =
				hurriedAsks > 0 ? intervalMs : Math.max(intervalMs, fairMs);
			const end = await pause.wait(waitMs, closing.signal);
			hurriedAsks = end === "woken" ? HURRIED_ASKS : hurriedAsks - 1;
			intervalMs =
				end === "woken"
					? options.pollMs
					: Math.min(GROWTH * intervalMs, options.pollMaxMs);
		}
		const message = `is not finished after ${options.waitMaxMs} ms (timeout)`;
		return { kind: "failed", ticketId, message };
	}

	return {
		async wait(ticketIds, signal) {
			for (let at = 0; at < ticketIds.length; at += GROUP_SIZE) {
				const group = ticketIds.slice(at, at + GROUP_SIZE).map(watch);
				const outcome = await untilAborted(firstFailure(group), signal);
				if (outcome.kind === "failed") return outcome;
			}
			return { kind: "completed" };
		},
		hint: (ticketId) => watches.get(ticketId)?.pause.wake(),
		close: () => closing.abort(),
	};
}

interface Watch {
	pause: Pause;
	outcome: Promise<DependencyOutcome>;
}

function toOutcome(
	ticketId: string,
	status: { kind: "completed" } | { kind: "failed"; message: string },
): DependencyOutcome {
	return status.kind === "completed" ? status : { ...status, ticketId };
}

/** Completed once all are; a failure at once, without waiting for the others. */
function firstFailure(
	outcomes: Promise<DependencyOutcome>[],
): Promise<DependencyOutcome> {
	return new Promise((resolve, reject) => {
		const look = (outcome: DependencyOutcome) => {
			if (outcome.kind === "failed") resolve(outcome);
		};
		for (const one of outcomes) one.then(look, reject);
		Promise.all(outcomes).then(() => resolve({ kind: "completed" }), reject);
	});
}

async function untilAborted<T>(
	work: Promise<T>,
	signal: AbortSignal,
): Promise<T> {
	signal.throwIfAborted();
	const aborted = Promise.withResolvers<never>();
	const abort = () => aborted.reject(signal.reason);
	signal.addEventListener("abort", abort, { once: true });
	try {
		return await Promise.race([work, aborted.promise]);
	} finally {
		signal.removeEventListener("abort", abort);
	}
}
