import { type Execution, specOf, stateOf } from "../execution/state.ts";
import { type MissChance, missChance } from "../prediction/miss-chance.ts";
import type { MissForecast } from "./sla-terms.ts";

/** 500 draws of a longer path would cost too much. */
const MAX_DRAWN = 60;
const MAX_RUNNING = 20;
const MAX_NAMED = 5;
/** Of a running ticket by itself: its chance is told to a whole percent. */
const TICKET_DRAWS = 100;
/** Time is taken in steps of this share of what is left, and of 5 s at most. */
const STEP_SHARE = 0.02;
const LONGEST_STEP_MS = 5_000;

interface Moment {
	deadlineMs: number;
	nowMs: number;
}

/** What was drawn last, each with all that it rests on: drawn again it would be the same. */
interface Drawn {
	path?: { basis: string; miss: MissChance };
	tickets: ReadonlyMap<number, { basis: string; chance: number }>;
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
	const before = drawn.get(execution);
	const own = drawPath(execution, path, { deadlineMs, nowMs: atMs }, before);
	const tickets = drawRunning(execution, atMs, before);
	drawn.set(execution, { path: own, tickets });
	const { chance, p10_ms, p90_ms } = own.miss;
	return {
		chance: nowMs > deadlineMs ? 1 : chance,
		end_p10: Math.max(nowMs, atMs + p10_ms),
		end_p90: Math.max(nowMs, atMs + p90_ms),
		tickets: likeliest(execution, tickets),
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
	before: Drawn | undefined,
): NonNullable<Drawn["path"]> {
	const [first = 0] = path;
	const firstRanMs = ranMs(execution, first, nowMs);
	const leftMs = deadlineMs - nowMs;
	const known = path.map((ticket) => quantilesOf(execution, ticket));
	const basis = `${leftMs} ${firstRanMs} ${known.join(" ")}`;
	if (before?.path?.basis === basis) return before.path;
	const miss = missChance({
		seed: `${execution.planId} ${path.length}`,
		tickets: known.map((quantiles, at) => ({
			quantiles,
			parents: at === 0 ? [] : [at - 1],
			ranMs: at === 0 ? firstRanMs : 0,
		})),
		leftMs,
	});
	return { basis, miss };
}

/** How likely each running ticket ends after its own deadline. */
function drawRunning(
	execution: Execution,
	atMs: number,
	before: Drawn | undefined,
): Drawn["tickets"] {
	const chances = new Map<number, { basis: string; chance: number }>();
	for (const ticket of execution.ticking) {
		if (chances.size === MAX_RUNNING) break;
		const { phase } = stateOf(execution, ticket);
		const { predicted, deadline } = specOf(execution, ticket);
		if (phase !== "running" || predicted === undefined) continue;
		const leftMs = deadline - atMs;
		const ownMs = ranMs(execution, ticket, atMs);
		const basis = `${leftMs} ${ownMs} ${predicted}`;
		const former = before?.tickets.get(ticket);
		if (former?.basis === basis) {
			chances.set(ticket, former);
			continue;
		}
		const { chance } = missChance({
			...{ seed: `${execution.planId} #${ticket}`, draws: TICKET_DRAWS },
			tickets: [{ quantiles: predicted, parents: [], ranMs: ownMs }],
			leftMs,
		});
		chances.set(ticket, { basis, chance });
	}
	return chances;
}

function likeliest(
	execution: Execution,
	chances: Drawn["tickets"],
): MissForecast["tickets"] {
	return [...chances]
		.filter(([, { chance }]) => chance > 0)
		.toSorted(([, a], [, b]) => b.chance - a.chance)
		.slice(0, MAX_NAMED)
		.map(([ticket, { chance }]) => {
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
