import type { Model } from "./model.ts";
import type { FinishedTicket } from "./prediction.ts";
import type { TreeEnsemble } from "./tree-ensemble.ts";

export interface FitOptions {
	name: string;
	version?: number;
	/** Fewer usable tickets make no model; default 100. */
	minTickets?: number;
	/** From so many on the residual is boosted; default 1,000. */
	boostingFrom?: number;
	/** Somebody else's trees over the documented features, or ours: intervals, limits and history are fitted around them. */
	foreign?: {
		trees: TreeEnsemble;
		unit: "ms" | "log_ms";
		feature_schema: Model["feature_schema"];
	};
}

/**
 * A model of these tickets, in any order; null: too few of them are usable. The same tickets give the same model.
 * Give it at most 100,000 (`sampleTickets`).
 */
export function fitModel(
	_tickets: readonly FinishedTicket[],
	_options: FitOptions,
): Model | null {
	return null;
}
