import type { BenchOptions } from "./options.ts";

/** How much each part measures. */
export interface Scale {
	repetitions: number;
	warmUpPlans: number;
	/** Releases that are simulated for each row of the judge's tables; some rows take a part of them. */
	judgedRollouts: number;
	/** Of made histories; the first is judged. */
	predictionSeeds: readonly number[];
	/** Finished tickets that training is given, to see what memory it takes. */
	trainedTickets: number;
	/** Floor workflows one at a time, a repetition. */
	floorSamples: number;
	floorSeconds: number;
	latencyPlans: number;
	latencyIntervalMs: number;
	/** Plans in flight among which the knee is looked for. */
	inFlight: readonly number[];
	searchSeconds: number;
	kneeSeconds: number;
	openLoopSeconds: number;
	sizes: readonly number[];
	/** A V2 chain takes a tenth of a second a hop: longer ones run only with `--full`. */
	longestChainV2: number;
	/** Seeds of the plans whose makespan is compared. */
	makespanSeeds: readonly number[];
	/** Small plans from which durations are learned, in eight rows. */
	learningPlans: number;
	/** Turns of both sides, and how long each is. */
	observabilityPairs: number;
	observabilitySeconds: number;
	/** Turns of this service and of the bare code: an even number, so that each is first equally often. */
	pricePairs: number;
	/** V8 compiles for about a minute under load; services run for days. */
	priceWarmUpSeconds: number;
	/** Before a pair of turns: what the servers have left to do would be counted as the first side's. */
	priceRestSeconds: number;
	waitingPlans: readonly number[];
	waitingPlansSmallCache: readonly number[];
	/** V8 gives back what the start of plans left within a minute. */
	settleSeconds: number;
	enduranceSeconds: number;
	/** V8 compiles what runs seldom, and collects what the start left, for about two minutes. */
	idleRestSeconds: number;
	idleSeconds: number;
	profileSeconds: number;
}

const usual: Scale = {
	repetitions: 3,
	warmUpPlans: 150,
	judgedRollouts: 10_000,
	predictionSeeds: [7, 1, 2],
	trainedTickets: 500_000,
	floorSamples: 100,
	floorSeconds: 6,
	latencyPlans: 60,
	latencyIntervalMs: 300,
	inFlight: [8, 16, 32, 64],
	searchSeconds: 8,
	kneeSeconds: 12,
	openLoopSeconds: 10,
	sizes: [10, 100, 1_000, 5_000],
	longestChainV2: 1_000,
	makespanSeeds: [1, 2, 3, 4, 5],
	learningPlans: 2_000,
	observabilityPairs: 6,
	observabilitySeconds: 10,
	pricePairs: 6,
	priceWarmUpSeconds: 60,
	priceRestSeconds: 5,
	waitingPlans: [1_000, 3_000],
	waitingPlansSmallCache: [1_000],
	settleSeconds: 75,
	enduranceSeconds: 60,
	idleRestSeconds: 120,
	idleSeconds: 60,
	profileSeconds: 20,
};

const quick: Scale = {
	...usual,
	repetitions: 1,
	warmUpPlans: 5,
	judgedRollouts: 100,
	predictionSeeds: [7],
	trainedTickets: 20_000,
	floorSamples: 10,
	floorSeconds: 1,
	latencyPlans: 5,
	inFlight: [4, 8],
	searchSeconds: 2,
	kneeSeconds: 2,
	openLoopSeconds: 2,
	sizes: [10, 30],
	longestChainV2: 10,
	makespanSeeds: [1],
	learningPlans: 400,
	observabilityPairs: 1,
	observabilitySeconds: 3,
	pricePairs: 1,
	priceWarmUpSeconds: 2,
	priceRestSeconds: 0,
	waitingPlans: [5, 20],
	waitingPlansSmallCache: [5, 30],
	settleSeconds: 1,
	enduranceSeconds: 8,
	idleRestSeconds: 3,
	idleSeconds: 3,
	profileSeconds: 4,
};

const full: Scale = {
	...usual,
	longestChainV2: 5_000,
	enduranceSeconds: 600,
};

/** The amounts of a run. */
export function scaleOf({ scale, repetitions }: BenchOptions): Scale {
	const amounts = { quick, usual, full }[scale];
	return { ...amounts, repetitions: repetitions ?? amounts.repetitions };
}
