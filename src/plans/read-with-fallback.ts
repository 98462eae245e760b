import { hasCode, type OrchestratorError } from "../errors.ts";

/** Counts the reads that workflows answered instead of MongoDB. */
export interface ReadMetrics {
	readFallbacks: {
		inc(labels: { read: string; reason: "not_there" | "away" }): void;
	};
}

/**
 * Asks MongoDB, then the workflows when MongoDB is away or has no answer. `undefined`: neither has it. While
 * MongoDB is away and no workflow has it, MongoDB's error is thrown: it may have it.
 */
export type ReadWithFallback = <T>(
	read: string,
	fromMongo: () => Promise<T | undefined>,
	fromWorkflow: () => Promise<T | undefined>,
) => Promise<Sourced<T> | undefined>;

/** Makes the function for all such reads; `read` is the metrics' label of the read. */
export function createReadWithFallback(metrics: ReadMetrics): ReadWithFallback {
	return async (read, fromMongo, fromWorkflow) => {
		const stored = await tryMongo(fromMongo);
		if (stored.value !== undefined)
			return { value: stored.value, source: "mongodb" };
		const reason = stored.outage === undefined ? "not_there" : "away";
		const found = await fromWorkflow();
		if (found !== undefined) {
			metrics.readFallbacks.inc({ read, reason });
			return { value: found, source: "workflow" };
		}
		if (stored.outage !== undefined) throw stored.outage;
		return undefined;
	};
}

async function tryMongo<T>(
	fromMongo: () => Promise<T | undefined>,
): Promise<{ value?: T | undefined; outage?: OrchestratorError }> {
	try {
		return { value: await fromMongo() };
	} catch (error) {
		if (hasCode(error, "STORE_UNAVAILABLE")) return { outage: error };
		throw error;
	}
}

export type ReadSource = "mongodb" | "workflow";

/** An answer and where it is from. */
export interface Sourced<T> {
	value: T;
	source: ReadSource;
}
