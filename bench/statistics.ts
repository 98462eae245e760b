import { median } from "../src/domain/prediction/quantiles.ts";

/** Median of several repetitions, and how far apart they were. */
export interface Spread {
	median: number;
	least: number;
	most: number;
}

/** The value below which the share (0-1) of the samples lies; NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
	const sorted = samples.toSorted((a, b) => a - b);
	const at = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
	return sorted[Math.max(0, at)] ?? Number.NaN;
}

/** p50, p95, p99 and the worst. */
export function quantiles(samples: readonly number[]) {
	return {
		p50: percentile(samples, 0.5),
		p95: percentile(samples, 0.95),
		p99: percentile(samples, 0.99),
		worst: percentile(samples, 1),
		count: samples.length,
	};
}

/** Median with least and most of the repetitions. */
export function spreadOf(samples: readonly number[]): Spread {
	return {
		median: median(samples),
		least: Math.min(...samples),
		most: Math.max(...samples),
	};
}

/** Three significant digits are all that a busy machine is good for. */
export function round(value: number): number {
	return Number.isFinite(value) ? Number(value.toPrecision(3)) : value;
}
