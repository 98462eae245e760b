import type { Terms } from "./explain-choice.ts";
import type { WorkerIndex } from "./worker-index.ts";

/** How a worker stands for a ticket. */
export interface RankedWorker {
	agent_id: string;
	agent_score: number;
	composite_score: number;
	/** What its queue, its speed and traces leave of the score: 1 is a fast worker with a free slot. */
	room: number;
	/** How long the tickets before it will keep it waiting, 0 to 60,000 ms; of a ticket that a model predicts. */
	predicted_queue_ms?: number;
	/** Share of its slots that is taken, 0 to 1. */
	predicted_load_pct?: number;
	/** How long the worker itself will take, ms. */
	predicted_ms?: number;
	/** What traces say of it, 0 to 1; absent: they are off. */
	traces?: number;
}

/** Nobody believes a longer forecast of a queue (contracts.md, "Queue and load of a worker"). */
const MAX_QUEUE_MS = 60_000;

export function ranked(
	index: WorkerIndex,
	known: { isPredicted: boolean; isTraced: boolean },
	{ position, agentScore, composite, room, trust, ...terms }: Terms,
): RankedWorker {
	return {
		agent_id: index.workers[position]?.agent_id as string,
		agent_score: agentScore,
		composite_score: composite,
		// Four digits are enough, and short in documents.
		room: Number((room * trust).toPrecision(4)),
		...(known.isPredicted && {
			predicted_queue_ms: Math.round(Math.min(MAX_QUEUE_MS, terms.queueMs)),
			predicted_load_pct: Math.min(1, terms.taken),
			predicted_ms: Math.round(terms.ownMs),
		}),
		...(known.isTraced && { traces: terms.traces }),
	};
}
