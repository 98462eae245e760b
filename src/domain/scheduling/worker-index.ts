import {
	judgeEligibility,
	type LossReason,
	type SchedulableWorker,
	type TicketNeeds,
	usableSlots,
} from "./eligibility.ts";
import { scoreWorker, type WorkerScore, weighWorker } from "./worker-score.ts";

/** The workers that may have a ticket with certain needs. */
export interface Candidates {
	/** Positions in the index, ascending. */
	positions: readonly number[];
	/** By position in `positions`: 1 for the fast quarter, 4 for a worker that takes four times as long. */
	slowness: Float64Array;
	/** Of the worker that a prediction means: the median of those that are measured. */
	typicalSlowness: number;
	/** Why the others may not: how many for each reason. */
	losses: Readonly<Partial<Record<LossReason, number>>>;
	/** Some of the others. */
	lost: readonly { agent_id: string; reason: LossReason }[];
}

/** A view of the workers, prepared for choosing. It changes no more. */
export interface WorkerIndex {
	readonly workers: readonly SchedulableWorker[];
	readonly scores: readonly WorkerScore[];
	readonly weighed: Float64Array;
	/** Slots that may be used now. */
	readonly slots: Float64Array;
	/** Places in its queue, slots included. */
	readonly places: Float64Array;
	/** Mean time of an execution, ms; 0: it is not measured. */
	readonly meanMs: Float64Array;
	positionOf(agentId: string): number | undefined;
	/** Worked out once for each set of needs. */
	candidatesFor(needs: TicketNeeds): { found: Candidates; isKnown: boolean };
}

/** Different needs are remembered up to here: plans name them. */
const MAX_KNOWN_NEEDS = 2_000;
/** At most so many losers are named. */
export const MAX_NAMES = 5;
/** An average of fewer executions says nothing about speed. */
const MEASURED_EXECUTIONS = 5;
const MAX_SLOWNESS = 8;

/** `queueFactor`: places in a worker's queue for each of its slots, those it works on included. */
export function createWorkerIndex(
	view: readonly SchedulableWorker[],
	queueFactor: number,
): WorkerIndex {
	const workers = view.toSorted((a, b) => compare(a.agent_id, b.agent_id));
	const positions = new Map(
		workers.map(({ agent_id }, position) => [agent_id, position]),
	);
	const scores = workers.map(scoreWorker);
	const slots = Float64Array.from(workers, usableSlots);
	const byCapability = indexCapabilities(workers);
	const known = new Map<string, Candidates>();
	return {
		workers,
		scores,
		weighed: Float64Array.from(scores, weighWorker),
		slots,
		places: slots.map((count) => Math.ceil(count * queueFactor)),
		meanMs: Float64Array.from(workers, measuredMeanMs),
		positionOf: (agentId) => positions.get(agentId),
		candidatesFor(needs) {
			const key = JSON.stringify([
				needs.namespace,
				needs.security_level,
				needs.capabilities.toSorted(),
			]);
			const before = known.get(key);
			if (before !== undefined) return { found: before, isKnown: true };
			const found = findCandidates(workers, byCapability, needs);
			if (known.size >= MAX_KNOWN_NEEDS) known.clear();
			known.set(key, found);
			return { found, isKnown: false };
		},
	};
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function indexCapabilities(
	workers: readonly SchedulableWorker[],
): Map<string, number[]> {
	const index = new Map<string, number[]>();
	workers.forEach(({ capabilities }, position) => {
		for (const capability of new Set(capabilities)) {
			const having = index.get(capability) ?? [];
			having.push(position);
			index.set(capability, having);
		}
	});
	return index;
}

function findCandidates(
	workers: readonly SchedulableWorker[],
	byCapability: ReadonlyMap<string, readonly number[]>,
	needs: TicketNeeds,
): Candidates {
	const able = new Set(positionsHaving(workers.length, byCapability, needs));
	const positions: number[] = [];
	const losses: Partial<Record<LossReason, number>> = {};
	const named: { agent_id: string; reason: LossReason }[] = [];
	const unable: typeof named = [];
	workers.forEach((worker, position) => {
		const reason = able.has(position)
			? judgeEligibility(worker, needs)
			: "capability";
		if (reason === null) {
			positions.push(position);
			return;
		}
		losses[reason] = (losses[reason] ?? 0) + 1;
		const list = reason === "capability" ? unable : named;
		if (list.length < MAX_NAMES)
			list.push({ agent_id: worker.agent_id, reason });
	});
	return {
		positions,
		...slownessOf(positions.map((at) => workers[at])),
		losses,
		// One that is able and loses for another reason tells more than one that never was.
		lost: [...named, ...unable].slice(0, MAX_NAMES),
	};
}

/** Those with every needed capability: the rarest one's workers, cut by the others'. */
function positionsHaving(
	count: number,
	byCapability: ReadonlyMap<string, readonly number[]>,
	{ capabilities }: TicketNeeds,
): number[] {
	const lists = [...new Set(capabilities)]
		.map((capability) => byCapability.get(capability) ?? [])
		.sort((a, b) => a.length - b.length);
	const [rarest, ...others] = lists;
	if (rarest === undefined) return Array.from({ length: count }, (_, at) => at);
	return others.reduce<number[]>(
		(left, list) => {
			const having = new Set(list);
			return left.filter((position) => having.has(position));
		},
		[...rarest],
	);
}

/**
 * How much longer each takes than the fast quarter of them, 1 to 8. They work on tickets with the same needs,
 * so their averages can be compared; one that is not measured counts as fast.
 */
function slownessOf(
	candidates: readonly (SchedulableWorker | undefined)[],
): Pick<Candidates, "slowness" | "typicalSlowness"> {
	const averages = candidates.map(measuredMeanMs);
	const measured = averages
		.filter((average) => average > 0)
		.sort((a, b) => a - b);
	const fast = measured[Math.floor(measured.length / 4)] ?? 1;
	const relative = (average: number) =>
		Math.min(MAX_SLOWNESS, Math.max(1, (average || fast) / fast));
	const typical = measured[Math.floor(measured.length / 2)] ?? fast;
	return {
		slowness: Float64Array.from(averages, relative),
		typicalSlowness: relative(typical),
	};
}

/** 0: too few executions to say. */
function measuredMeanMs(worker: SchedulableWorker | undefined): number {
	const { avg_duration_ms = 0, total_executions = 0 } = worker?.telemetry ?? {};
	return total_executions >= MEASURED_EXECUTIONS && avg_duration_ms > 0
		? avg_duration_ms
		: 0;
}
