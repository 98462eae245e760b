import { setTimeout as sleep } from "node:timers/promises";
import { isFinalStatus, type PlanWaits } from "../../domain/plan-run.ts";
import { planPath } from "../api/client.ts";
import { readEvents } from "../api/read-events.ts";
import { CliError } from "../cli-error.ts";
import { type GraphAnswer, viewGraph } from "../render/graph-view.ts";
import type { PlanView } from "../render/plan.ts";
import type { WatchView } from "../render/watch.ts";
import type { CommandContext } from "../run-command.ts";

/** The shortest time between two reads, however fast the plan changes. */
const LEAST_INTERVAL_MS = 500;
/** A look at a large plan takes its time; this many times as long there is none. */
const REST_RATIO = 2;
/** Without a word from the stream of events. */
const POLL_MS = 1_000;
const POLL_WITH_EVENTS_MS = 5_000;
const RECONNECT_MS = 3_000;

/**
 * Yields the plan as it changes, the last time when it has ended. Looks when the service's stream of
 * events says so, else at an interval; while the service is away, it says so and goes on.
 */
export async function* observePlan(
	context: CommandContext,
	planId: string,
): AsyncGenerator<WatchView> {
	const { io } = context;
	const ended = new AbortController();
	const signal = AbortSignal.any([io.signal, ended.signal]);
	const bell = createBell();
	const listening = listen(context, planId, bell, signal);
	let last: WatchView | undefined;
	try {
		for (;;) {
			const startedAtMs = performance.now();
			const view = await look(context, planId, last);
			if (view !== undefined) {
				last = view;
				yield view;
				if (isFinalStatus(view.plan.status) && view.notice === undefined)
					return;
			}
			const tookMs = performance.now() - startedAtMs;
			const restMs = Math.max(LEAST_INTERVAL_MS, tookMs * REST_RATIO);
			await sleep(restMs, undefined, { signal: io.signal });
			await bell.rung(signal);
		}
	} finally {
		ended.abort();
		await listening;
	}
}

/** undefined: not there yet, and it may still come. */
async function look(
	{ api }: CommandContext,
	planId: string,
	last: WatchView | undefined,
): Promise<WatchView | undefined> {
	try {
		const plan = await api.get<PlanView>(planPath(planId));
		const [graph, why] = await Promise.all([
			api.get<GraphAnswer>(planPath(planId, "/dag")),
			isFinalStatus(plan.status)
				? undefined
				: api.get<PlanWaits>(planPath(planId, "/why")),
		]);
		return {
			plan,
			graph: viewGraph(graph),
			why: why?.summary,
			notice: undefined,
		};
	} catch (error) {
		const isAway = error instanceof CliError && error.exit === "unreachable";
		if (last === undefined || !isAway) throw error;
		return { ...last, notice: `${error.message}; trying again` };
	}
}

interface Bell {
	ring(): void;
	/** How long to wait when nobody rings. */
	patienceMs: number;
	/** Resolves at the next ring, at once when it rang meanwhile, or when patience ends. */
	rung(signal: AbortSignal): Promise<void>;
}

function createBell(): Bell {
	let hasRung = false;
	let answer: () => void = () => undefined;
	return {
		patienceMs: POLL_MS,
		ring() {
			hasRung = true;
			answer();
		},
		async rung(signal) {
			if (!hasRung) {
				const ring = new Promise<void>((resolve) => {
					answer = resolve;
				});
				const given = new AbortController();
				const until = AbortSignal.any([signal, given.signal]);
				const patience = sleep(this.patienceMs, undefined, { signal: until });
				await Promise.race([ring, patience]).finally(() => given.abort());
				patience.catch(() => undefined);
			}
			hasRung = false;
		},
	};
}

/** Rings at every event of the plan. A service without the stream is asked at intervals instead. */
async function listen(
	{ api }: CommandContext,
	planId: string,
	bell: Bell,
	signal: AbortSignal,
): Promise<void> {
	let lastEventId: string | undefined;
	while (!signal.aborted) {
		try {
			const query = { plan_id: planId };
			const options = { query, lastEventId, signal };
			const stream = await api.stream("/api/v1/events", options);
			bell.patienceMs = POLL_WITH_EVENTS_MS;
			for await (const { id } of readEvents(stream)) {
				lastEventId = id ?? lastEventId;
				bell.ring();
			}
		} catch (error) {
			const { exit } = error as { exit?: string };
			if (exit !== undefined && exit !== "unreachable") return;
		} finally {
			bell.patienceMs = POLL_MS;
		}
		await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
	}
}
