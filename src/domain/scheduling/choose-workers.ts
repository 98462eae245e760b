import { type AffinityRules, scoreAffinity } from "./affinity.ts";
import {
	scoreComposite,
	scoreRoom,
	scoreRoomByTime,
} from "./composite-score.ts";
import type { TicketNeeds } from "./eligibility.ts";
import {
	type DecidingTerm,
	decide,
	explainLosses,
	type Losses,
	type Terms,
} from "./explain-choice.ts";
import { type PacesFor, rememberPaces } from "./paces.ts";
import { type RankedWorker, ranked } from "./ranked-worker.ts";
import { applyTraces, type TraceTerms } from "./traces.ts";
import type { WorkerIndex } from "./worker-index.ts";
import { clampRatio } from "./worker-score.ts";

/** A ticket that needs a worker. */
export interface TicketToPlace {
	needs: TicketNeeds;
	/** 0 to 1. */
	priority: number;
	/** Avoids workers with other critical tickets. */
	isCritical: boolean;
	/** It has waited long enough: it goes out though all are full. */
	isOverdue?: boolean;
	/** Predictive allocation: the time until its deadline, ms. */
	leftMs?: number;
	/** Its estimate, ms. */
	estimatedMs?: number;
	/** Median of its prediction by a model, ms. */
	predictedMs?: number | undefined;
	/** What outcomes of tickets of its kind left on the workers. */
	traces?: TraceTerms | undefined;
}

/** What is on the workers before the chunk, by agent id. */
export interface Holdings {
	held: ReadonlyMap<string, number>;
	/** Tickets of the same plan, of the same intent, and critical ones of any plan. */
	plan: ReadonlyMap<string, number>;
	intent: ReadonlyMap<string, number>;
	critical: ReadonlyMap<string, number>;
	/** Predicted time of the reserved tickets, ms; absent: nobody counts it. */
	work?: ReadonlyMap<string, number>;
}

export interface ChoiceRules {
	affinity: AffinityRules;
	/**
	 * What becomes of a ticket whose workers are all full: `overflow` gives it to the best of them all the same,
	 * `wait` to nobody; `wait` also passes over a free worker that would take longer than a full one.
	 */
	whenFull: "overflow" | "wait";
	/** How much a worker's score counts against the ticket's priority; absent: `AGENT_WEIGHT`. */
	agentWeight?: number;
}

/** Who gets a ticket, and why. */
export interface Choice extends Losses {
	/** null: nobody fits, or all are full and the ticket waits. */
	chosen: RankedWorker | null;
	/** The best three with a free place; with none free, of all. */
	best: RankedWorker[];
	/** How long each of them will take, by the prediction, else by the estimate, ms. */
	bestMs: number[];
	deciding_term: DecidingTerm | null;
	/** Workers that fit, full ones included. */
	candidates: number;
	/** All places were taken. */
	overflow: boolean;
	/** Whether this set of needs was looked up before in the same view. */
	isKnown: boolean;
}

/**
 * Chooses for a whole chunk: every choice counts for those after it, so that the best worker does not get all.
 * The most urgent ticket chooses first. No worker gets more tickets than it has free places, unless all that
 * fit are full. The same input gives the same answer.
 */
export function chooseWorkers(
	index: WorkerIndex,
	tickets: readonly TicketToPlace[],
	holdings: Holdings,
	rules: ChoiceRules,
): Choice[] {
	const load = openLoad(index, holdings);
	const order = [...tickets.keys()].sort(
		(a, b) =>
			(tickets[b]?.priority ?? 0) - (tickets[a]?.priority ?? 0) || a - b,
	);
	const choices: Choice[] = [];
	const toChoose = { ...rules, pacesFor: rememberPaces() };
	for (const at of order) {
		const ticket = tickets[at] as TicketToPlace;
		choices[at] = chooseOne(index, load, ticket, toChoose);
	}
	return choices;
}

/** What is on each worker, by position; choices add to it. */
interface Load {
	/** Reserved places: never more than there are, unless there were before. */
	held: Float64Array;
	/** Tickets beyond its places. */
	over: Float64Array;
	plan: Float64Array;
	intent: Float64Array;
	critical: Float64Array;
	/** Predicted time of what is on it, ms. */
	work: Float64Array;
}

function openLoad(index: WorkerIndex, holdings: Holdings): Load {
	const fill = (counts: ReadonlyMap<string, number>) => {
		const filled = new Float64Array(index.workers.length);
		for (const [agentId, count] of counts) {
			const position = index.positionOf(agentId);
			if (position !== undefined) filled[position] = count;
		}
		return filled;
	};
	return {
		held: fill(holdings.held),
		over: new Float64Array(index.workers.length),
		plan: fill(holdings.plan),
		intent: fill(holdings.intent),
		critical: fill(holdings.critical),
		work: fill(holdings.work ?? new Map()),
	};
}

/** What a worker is weighed by. */
interface Weighing {
	index: WorkerIndex;
	load: Load;
	ticket: TicketToPlace;
	affinity: AffinityRules;
	agentWeight: number | undefined;
	/** What the fastest would take for the ticket. */
	fastMs: number;
}

function chooseOne(
	index: WorkerIndex,
	load: Load,
	ticket: TicketToPlace,
	rules: ChoiceRules & { pacesFor: PacesFor },
): Choice {
	const { found, isKnown } = index.candidatesFor(ticket.needs);
	const paces = rules.pacesFor(found, ticket);
	const free: Terms[] = [];
	const full: Terms[] = [];
	let fullCount = 0;
	const { affinity, agentWeight } = rules;
	const expectedMs = ticket.predictedMs ?? ticket.estimatedMs ?? 0;
	const fastMs = expectedMs * paces.fastest;
	const weighing = { index, load, ticket, affinity, agentWeight, fastMs };
	// Thousands of workers for each ticket: nothing is made here but for the best.
	for (let at = 0; at < found.positions.length; at += 1) {
		const position = found.positions[at] as number;
		const isFull =
			(load.held[position] as number) >= (index.places[position] as number);
		if (isFull) fullCount += 1;
		const slowness = found.slowness[at] as number;
		const ownMs = expectedMs * (paces.each[at] as number);
		keepBest(isFull ? full : free, weighing, position, { slowness, ownMs });
	}
	const overflow = free.length === 0 && full.length > 0;
	const best = overflow ? full : free;
	const [first, second] = best;
	const waits =
		rules.whenFull === "wait" &&
		ticket.isOverdue !== true &&
		(overflow || isWorthWaiting(first, full[0]));
	if (first !== undefined && !waits) take(load, first, ticket, overflow);
	const known = {
		isPredicted: ticket.predictedMs !== undefined,
		isTraced: ticket.traces !== undefined,
	};
	const shown = best.map((terms) => ranked(index, known, terms));
	return {
		chosen: first === undefined || waits ? null : (shown[0] ?? null),
		best: shown,
		bestMs: best.map(({ ownMs }) => Math.round(ownMs)),
		deciding_term:
			first === undefined || waits
				? null
				: decide(index, ticket.priority, { first, second, agentWeight }),
		candidates: found.positions.length,
		overflow,
		...explainLosses(index, found, { best, full, fullCount, overflow }),
		isKnown,
	};
}

/** A full worker that will be done before the free one is better even with its queue. */
function isWorthWaiting(free: Terms | undefined, full: Terms | undefined) {
	return (
		free !== undefined && full !== undefined && full.composite > free.composite
	);
}

const BEST_COUNT = 3;

/** Puts the worker among the best three, if it belongs there. */
function keepBest(
	best: Terms[],
	{ index, load, ticket, affinity, agentWeight, fastMs }: Weighing,
	position: number,
	{ slowness, ownMs }: { slowness: number; ownMs: number },
): void {
	const slots = index.slots[position] as number;
	const held =
		(load.held[position] as number) + (load.over[position] as number);
	const multiplier = affinity.enabled
		? 0.5 +
			scoreAffinity(
				affinity,
				load.plan[position] as number,
				load.intent[position] as number,
				load.critical[position] as number,
				ticket.isCritical,
			)
		: 1;
	const traces = applyTraces(ticket.traces, position, held);
	const weighed = (index.weighed[position] as number) + traces.lead;
	const agentScore = clampRatio(weighed * multiplier);
	// All its slots work on what is there, one ticket each.
	const queueMs = held < slots ? 0 : (load.work[position] as number) / slots;
	// Without a model places are counted, not times, and its mean time stands for the ticket's.
	const isKnown = ticket.predictedMs !== undefined && ownMs > 0;
	const endMs = isKnown
		? queueMs + ownMs
		: (index.meanMs[position] as number) * (Math.floor(held / slots) + 1);
	const isLate = ticket.leftMs !== undefined && endMs > ticket.leftMs;
	const room =
		(isKnown
			? scoreRoomByTime(fastMs, ownMs, queueMs)
			: scoreRoom(slowness, held, slots)) * (isLate ? LATE_RATIO : 1);
	const composite = scoreComposite(
		agentScore,
		ticket.priority,
		room * traces.trust,
		agentWeight,
	);
	const taken = held / slots;
	let at = best.length;
	while (at > 0 && isBefore(composite, taken, best[at - 1] as Terms)) at -= 1;
	if (at === BEST_COUNT) return;
	best.splice(at, 0, {
		position,
		multiplier,
		room,
		agentScore,
		composite,
		taken,
		weighed,
		traces: traces.score,
		trust: traces.trust,
		ownMs,
		queueMs,
	});
	if (best.length > BEST_COUNT) best.pop();
}

/** One that would be late comes behind those in time, whatever their scores are. */
const LATE_RATIO = 0.001;

/** Positions come in order of ids, so the first of equals stays. */
function isBefore(composite: number, taken: number, other: Terms): boolean {
	if (composite !== other.composite) return composite > other.composite;
	return taken < other.taken;
}

function take(
	load: Load,
	{ position, ownMs }: Terms,
	{ isCritical }: TicketToPlace,
	overflow: boolean,
): void {
	const counts = overflow ? load.over : load.held;
	(counts[position] as number) += 1;
	(load.plan[position] as number) += 1;
	(load.intent[position] as number) += 1;
	(load.work[position] as number) += ownMs;
	if (isCritical) (load.critical[position] as number) += 1;
}
