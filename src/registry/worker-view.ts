import { setTimeout as sleep } from "node:timers/promises";
import { settlesWithin } from "../deadline.ts";
import type { AgentChange, AgentInfo } from "../domain/registry/agent.ts";
import { compareIds } from "../domain/registry/judge-agent.ts";
import { type Pause, viewPause } from "../domain/registry/paused-share.ts";
import type { Log } from "../log.ts";
import type {
	KnownWorker,
	PausedWork,
	WorkerDirectory,
	WorkerView,
} from "../plans/worker-directory.ts";
import { type Pauses, pauseKey } from "./pauses.ts";
import type { AgentRegistry } from "./ports.ts";
import { toKnownWorker } from "./to-known-worker.ts";

/** Told of every use of the view; none throws. */
export interface WorkerViewMetrics {
	/** `hasWaited`: it was not answered from memory. */
	viewed(view: WorkerView, hasWaited: boolean): void;
}

export interface WorkerViewOptions {
	registry: Pick<AgentRegistry, "list" | "watch">;
	pauses: Pick<Pauses, "read">;
	/** Whether changes are watched between two lists: the registry is another process. */
	isWatched: boolean;
	/** Age up to which a view counts as current. */
	freshMs: number;
	/** Age up to which the last known one is used. */
	lastKnownMs: number;
	metrics: WorkerViewMetrics;
	log: Log;
	/** Monotonic. */
	nowMs?: () => number;
}

export interface OpenWorkerView extends WorkerDirectory {
	/** As `view`, but asks nobody and counts nothing. */
	peek(): WorkerView;
	/** As `view`, but read anew for this call if anybody answers. */
	read(): Promise<WorkerView>;
	close(): void;
}

/** What is older is read anew in the background: pauses, and workers that are not watched. */
const REFRESH_MS = 1_000;
/** Somebody who needs a first or a current view waits no longer. */
const WAIT_MS = 500;
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

/**
 * What this process knows of the workers. It is read anew in the background while it is used, so that nobody
 * waits for a round trip; while nobody answers, the last known view serves, and says its age.
 */
export function openWorkerView(options: WorkerViewOptions): OpenWorkerView {
	const { registry, pauses, freshMs, lastKnownMs, metrics, log } = options;
	const nowMs = options.nowMs ?? (() => performance.now());
	const closed = new AbortController();
	const known = createKnownWorkers();
	let held: ReadonlyMap<string, Pause> = new Map();
	let confirmedAtMs = -Infinity;
	let triedAtMs = -Infinity;
	let refreshing: Promise<void> | undefined;
	let isWatching = false;

	/** Where changes are watched, the whole list only confirms them. */
	const listMs = options.isWatched ? freshMs / 2 : REFRESH_MS;

	async function refresh(mustList: boolean): Promise<void> {
		triedAtMs = nowMs();
		// Without an answer the pauses of before hold: somebody wanted them.
		const reading = pauses.read().then(
			(found) => {
				held = found;
			},
			(error: unknown) => log.debug({ error }, "pauses not read"),
		);
		if (mustList || triedAtMs - confirmedAtMs >= listMs) await readList();
		await reading;
	}

	async function readList(): Promise<void> {
		const askedAtMs = nowMs();
		try {
			known.replace(await registry.list());
			confirmedAtMs = askedAtMs;
		} catch (error) {
			log.debug({ error }, "workers not read");
		}
	}

	function refreshNow(mustList: boolean): Promise<void> {
		refreshing ??= refresh(mustList).finally(() => {
			refreshing = undefined;
		});
		return refreshing;
	}

	function refreshSoon(): void {
		if (nowMs() - triedAtMs >= REFRESH_MS) void refreshNow(false);
	}

	async function watchOn(): Promise<void> {
		let waitMs = RETRY_MIN_MS;
		while (!closed.signal.aborted) {
			try {
				await registry.watch((changes) => {
					waitMs = RETRY_MIN_MS;
					known.apply(changes);
				}, closed.signal);
			} catch (error) {
				log.debug({ error }, "workers not watched, trying again");
			}
			await sleep(waitMs, undefined, { ref: false });
			waitMs = Math.min(waitMs * 2, RETRY_MAX_MS);
		}
	}

	function peek(): WorkerView {
		const age_ms = Math.max(0, nowMs() - confirmedAtMs);
		if (age_ms > lastKnownMs)
			return {
				workers: [],
				source: "none",
				age_ms: Number.isFinite(age_ms) ? Math.round(age_ms) : 0,
				...pausedTypes(held),
			};
		return {
			workers: withPauses(known.list(), held),
			source: age_ms <= freshMs ? "registry" : "last-known",
			age_ms: Math.round(age_ms),
			...pausedTypes(held),
		};
	}

	return {
		peek,
		async view() {
			refreshSoon();
			if (options.isWatched && !isWatching) {
				isWatching = true;
				void watchOn();
			}
			const isStale = nowMs() - confirmedAtMs > freshMs;
			const hasWaited = isStale && refreshing !== undefined;
			if (hasWaited && refreshing !== undefined)
				await settlesWithin(WAIT_MS, refreshing);
			const view = peek();
			metrics.viewed(view, hasWaited);
			return view;
		},
		async read() {
			// One that is under way may have been answered before what the caller wants to see.
			await settlesWithin(WAIT_MS, refreshing ?? Promise.resolve());
			await settlesWithin(WAIT_MS, refreshNow(true));
			return peek();
		},
		close() {
			closed.abort();
		},
	};
}

/** The workers by id; the sorted list is made once for each change. */
function createKnownWorkers() {
	let byId: Map<string, KnownWorker> | undefined;
	let sorted: readonly KnownWorker[] = [];
	let isSorted = true;

	return {
		replace(agents: readonly AgentInfo[]): void {
			byId = new Map(
				agents
					.filter(({ agent_type }) => agent_type === "WORKER")
					.map((agent) => [agent.agent_id, toKnownWorker(agent)]),
			);
			isSorted = false;
		},
		/** Changes before the first list are part of it. */
		apply(changes: readonly AgentChange[]): void {
			for (const { kind, agent } of changes) {
				if (byId === undefined || agent.agent_type !== "WORKER") continue;
				if (kind === "DEREGISTERED") byId.delete(agent.agent_id);
				else byId.set(agent.agent_id, toKnownWorker(agent));
				isSorted = false;
			}
		},
		list(): readonly KnownWorker[] {
			if (isSorted) return sorted;
			sorted = [...(byId?.values() ?? [])].sort((a, b) =>
				compareIds(a.agent_id, b.agent_id),
			);
			isSorted = true;
			return sorted;
		},
	};
}

function withPauses(
	workers: readonly KnownWorker[],
	held: ReadonlyMap<string, Pause>,
): readonly KnownWorker[] {
	if (held.size === 0) return workers;
	const now = Date.now();
	return workers.map((worker) => {
		const pause = held.get(pauseKey({ kind: "worker", name: worker.agent_id }));
		const paused = pause && viewPause(pause, now);
		return paused === undefined ? worker : { ...worker, paused };
	});
}

const TYPE_PREFIX = pauseKey({ kind: "task_type", name: "" });

function pausedTypes(
	held: ReadonlyMap<string, Pause>,
): Pick<WorkerView, "paused_types"> {
	if (held.size === 0) return {};
	const now = Date.now();
	const paused = [...held].flatMap(([key, pause]): [string, PausedWork][] => {
		const view = viewPause(pause, now);
		return view === undefined || !key.startsWith(TYPE_PREFIX)
			? []
			: [[key.slice(TYPE_PREFIX.length), view]];
	});
	return paused.length === 0
		? {}
		: { paused_types: Object.fromEntries(paused) };
}
