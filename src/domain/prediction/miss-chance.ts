/** What is known of a ticket's duration, whole ms, as the plan's predictions carry it. */
export type Quantiles = readonly [p10Ms: number, p50Ms: number, p90Ms: number];

export interface MissQuestion {
	/** With the revision: the same question has the same answer. */
	planId: string;
	revision: number;
	/** What has still to run, in an order in which parents come first. */
	tickets: readonly {
		quantiles: Quantiles;
		/** Places of its parents in this list. */
		parents: readonly number[];
		/** How long it has been running already; 0: not started. */
		ranMs: number;
	}[];
	/** Time until the deadline; below 0: it has passed. */
	leftMs: number;
}

export interface MissChance {
	/** Of 500 draws, the share that ends after the deadline, 0 to 1. */
	chance: number;
	/** Time until everything has run, ms. */
	p10_ms: number;
	p50_ms: number;
	p90_ms: number;
}

/** How likely the remaining work ends too late, workers being free: queues are not in it. */
export function missChance(_question: MissQuestion): MissChance {
	return { chance: 0, p10_ms: 0, p50_ms: 0, p90_ms: 0 };
}
