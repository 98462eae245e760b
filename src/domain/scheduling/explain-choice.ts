import { scoreComposite } from "./composite-score.ts";
import type { LossReason } from "./eligibility.ts";
import {
	type Candidates,
	MAX_NAMES,
	type WorkerIndex,
} from "./worker-index.ts";
import { clampRatio, workerScoreWeights } from "./worker-score.ts";

/** The terms of a score, and what else can decide. */
export const decidingTerms = [
	"health",
	"telemetry",
	"traces",
	"affinity",
	"load",
	/** Equal scores: the one with the smaller share of its slots taken, then the first by id. */
	"tie",
	"only_candidate",
] as const;
export type DecidingTerm = (typeof decidingTerms)[number];

/** The terms of one worker for one ticket. */
export interface Terms {
	position: number;
	multiplier: number;
	room: number;
	agentScore: number;
	composite: number;
	/** Share of its slots that is taken. */
	taken: number;
	/** Its own score, with what traces add. */
	weighed: number;
	/** 0 to 1. */
	traces: number;
	/** Below 1: it fails more than it succeeds. */
	trust: number;
	/** How long it would take for the ticket, ms. */
	ownMs: number;
	/** Until it would begin, ms. */
	queueMs: number;
}

/** Why the others did not get the ticket. */
export interface Losses {
	losses: Partial<Record<LossReason, number>>;
	/** Five at most. */
	lost: { agent_id: string; reason: LossReason }[];
}

/** The term without which the winner would have lost most against the second. */
export function decide(
	index: WorkerIndex,
	priority: number,
	{
		first,
		second,
		agentWeight,
	}: {
		first: Terms;
		second: Terms | undefined;
		agentWeight: number | undefined;
	},
): DecidingTerm {
	if (second === undefined) return "only_candidate";
	if (first.composite === second.composite) return "tie";
	const composite = (changed: Partial<Terms>) => {
		const { weighed, multiplier, room, trust } = { ...first, ...changed };
		return scoreComposite(
			clampRatio(weighed * multiplier),
			priority,
			room * trust,
			agentWeight,
		);
	};
	const { weighed, multiplier, room, trust } = second;
	const without: [DecidingTerm, number][] = [
		["load", composite({ room })],
		["affinity", composite({ multiplier })],
		[strongestPart(index, first, second), composite({ weighed })],
		["traces", composite({ trust })],
	];
	return without.reduce((a, b) => (b[1] < a[1] ? b : a))[0];
}

/** Where the first worker's own score is furthest above the second's. */
function strongestPart(
	index: WorkerIndex,
	first: Terms,
	second: Terms,
): DecidingTerm {
	const partOf = (terms: Terms, part: keyof typeof workerScoreWeights) =>
		part === "traces"
			? terms.traces
			: (index.scores[terms.position]?.[part] ?? 0);
	const lead = (part: keyof typeof workerScoreWeights) =>
		workerScoreWeights[part] * (partOf(first, part) - partOf(second, part));
	const parts = ["health", "telemetry", "traces"] as const;
	return parts.reduce((a, b) => (lead(b) > lead(a) ? b : a));
}

export function explainLosses(
	index: WorkerIndex,
	{ positions, losses, lost }: Candidates,
	{
		best,
		full,
		fullCount,
		overflow,
	}: { best: Terms[]; full: Terms[]; fullCount: number; overflow: boolean },
): Losses {
	const freeCount = positions.length - fullCount;
	const outscored = Math.max(0, (overflow ? fullCount : freeCount) - 1);
	const idOf = ({ position }: Terms) =>
		index.workers[position]?.agent_id as string;
	const named = overflow
		? []
		: full.map((terms) => ({ agent_id: idOf(terms), reason: "full" as const }));
	const behind = best
		.slice(1)
		.map((terms) => ({ agent_id: idOf(terms), reason: "score" as const }));
	return {
		losses: {
			...losses,
			...(!overflow && fullCount > 0 && { full: fullCount }),
			...(outscored > 0 && { score: outscored }),
		},
		lost: [...behind, ...named, ...lost].slice(0, MAX_NAMES),
	};
}
