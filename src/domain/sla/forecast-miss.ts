import { type Execution, specOf, stateOf } from "../execution/state.ts";
import {
	lateChance,
	type MissChance,
	missChance,
} from "../prediction/miss-chance.ts";
import type { MissForecast } from "./sla-terms.ts";

/** 500 draws of a longer path would cost too much. */
const MAX_DRAWN = 60;
const MAX_RUNNING = 20;
const MAX_NAMED = 5;
/** Time is taken in steps of this share of what is left, and of 5 s at most. */
const STEP_SHARE = 0.02;
const LONGEST_STEP_MS = 5_000;

interface Moment {
	deadlineMs: number;
	nowMs: number;
}

/** What was drawn last of the path, with all that it rests on: drawn again it would be the same. */
interface Drawn {
	basis: string;
	miss: MissChance;
}

const drawn = new WeakMap<Execution, Drawn>();

/**
 * How likely the plan misses its deadline, by the predictions along its critical path, and which running tickets may
 * miss theirs; undefined without predictions, and of a path of more than 60 tickets. Tickets of the path begin when
 * the one before has ended: workers are free, and nothing is tried twice. The same state gives the same answer,
 * whoever asked before. A plan's document is written often, so time goes in steps, and within a step only what has
 * changed is drawn.
 */
export function forecastMiss(
	execution: Execution,
	path: readonly number[],
	{ deadlineMs, nowMs }: Moment,
): MissForecast | undefined {
	const isPredicted = path.every(
		(ticket) => specOf(execution, ticket).predicted !== undefined,
	);
	if (!isPredicted || path.length > MAX_DRAWN) return undefined;
	const stepMs = stepOf(execution, path);
	const atMs = Math.floor(nowMs / stepMs) * stepMs;
	const { chance, p10_ms, p90_ms } = drawPath(execution, path, {
		deadlineMs,
		nowMs: atMs,
	});
	return {
		chance: nowMs > deadlineMs ? 1 : chance,
		end_p10: Math.max(nowMs, atMs + p10_ms),
		end_p90: Math.max(nowMs, atMs + p90_ms),
		tickets: likeliest(execution, chancesOfRunning(execution, atMs)),
	};
}

function stepOf(execution: Execution, path: readonly number[]): number {
	const medianMs = path.reduce(
		(sum, ticket) => sum + quantilesOf(execution, ticket)[1],
		0,
	);
	const stepMs = Math.floor(STEP_SHARE * medianMs);
	return Math.min(LONGEST_STEP_MS, Math.max(1, stepMs));
}

function drawPath(
	execution: Execution,
	path: readonly number[],
	{ deadlineMs, nowMs }: Moment,
): MissChance {
	const [first = 0] = path;
	const firstRanMs = ranMs(execution, first, nowMs);
	const leftMs = deadlineMs - nowMs;
	const known = path.map((ticket) => quantilesOf(execution, ticket));
	const basis = `${leftMs} ${firstRanMs} ${known.join(" ")}`;
	const before = drawn.get(execution);
	if (before?.basis === basis) return before.miss;
	const miss = missChance({
		seed: `${execution.planId} ${path.length}`,
		tickets: known.map((quantiles, at) => ({
			quantiles,
			parents: at === 0 ? [] : [at - 1],
			ranMs: at === 0 ? firstRanMs : 0,
		})),
		leftMs,
	});
	drawn.set(execution, { basis, miss });
	return miss;
}

/** How likely each running ticket ends after its own deadline, to a whole percent. */
function chancesOfRunning(
	execution: Execution,
	atMs: number,
): Map<number, number> {
	const chances = new Map<number, number>();
	for (const ticket of execution.ticking) {
		if (chances.size === MAX_RUNNING) break;
		const { phase } = stateOf(execution, ticket);
		const { predicted, deadline } = specOf(execution, ticket);
		if (phase !== "running" || predicted === undefined) continue;
		const chance = lateChance(predicted, {
			ranMs: ranMs(execution, ticket, atMs),
			leftMs: deadline - atMs,
		});
		chances.set(ticket, Math.round(100 * chance) / 100);
	}
	return chances;
}

function likeliest(
	execution: Execution,
	chances: ReadonlyMap<number, number>,
): MissForecast["tickets"] {
	return [...chances]
		.filter(([, chance]) => chance > 0)
		.toSorted(([, a], [, b]) => b - a)
		.slice(0, MAX_NAMED)
		.map(([ticket, chance]) => {
			const { task_id } = specOf(execution, ticket);
			return { task_id, chance };
		});
}

function quantilesOf(execution: Execution, ticket: number) {
	const { predicted, estimated_duration_ms: ms } = specOf(execution, ticket);
	return predicted ?? ([ms, ms, ms] as const);
}

function ranMs(execution: Execution, ticket: number, nowMs: number): number {
	const { phase, clockFromMs } = stateOf(execution, ticket);
	return phase === "running" && clockFromMs !== null
		? Math.max(0, nowMs - clockFromMs)
		: 0;
}
