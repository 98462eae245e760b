import type { Scores } from "./model.ts";
import { median } from "./quantiles.ts";

/** One finished ticket, what was said of it, and what its type's median says; ms. */
export interface Foretold {
	actual: number;
	p10: number;
	p50: number;
	p90: number;
	typeMedian: number;
}

/** Errors and coverage; null of nothing. */
export function scorePredictions(foretold: readonly Foretold[]): Scores | null {
	if (foretold.length === 0) return null;
	let error = 0;
	let total = 0;
	let plainError = 0;
	let below = 0;
	let within = 0;
	for (const { actual, p10, p50, p90, typeMedian } of foretold) {
		error += Math.abs(actual - p50);
		plainError += Math.abs(actual - typeMedian);
		total += actual;
		if (actual <= p90) below++;
		if (actual <= p90 && actual >= p10) within++;
	}
	const percent = (share: number) => round2(100 * share);
	return {
		tickets: foretold.length,
		mae_percent: percent(error / total),
		mdape_percent: percent(
			median(
				foretold.map(({ actual, p50 }) => Math.abs(actual - p50) / actual),
			),
		),
		p90_coverage_percent: percent(below / foretold.length),
		interval_coverage_percent: percent(within / foretold.length),
		to_type_median: plainError === 0 ? 1 : round2(error / plainError),
	};
}

function round2(value: number): number {
	return Math.round(100 * value) / 100;
}
