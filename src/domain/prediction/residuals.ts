import { ALL_TYPES, type Residuals } from "./model.ts";
import type { LogQuantiles } from "./predict.ts";
import { median, quantileOfSorted, robustSpread, round6 } from "./quantiles.ts";

/** A ticket, what was said of it before it was seen, and how long it took; log ms. */
export interface Calibrated {
	type: string;
	raw: LogQuantiles;
	actual: number;
}

/** So many pooled tickets' weight pulls a type's interval to that of all. */
const POOLED_WEIGHT = 30;
const FEWEST_FOR_P99 = 300;
/** Below this a spread is not believed. */
const LEAST_SPREAD = 0.02;

/**
 * Intervals and residuals by type: `tickets` say how far medians are off, `calibration` (those of them that all parts
 * of the model had not seen) how far the quantiles must be moved to cover what they say.
 */
export function learnResiduals(
	tickets: readonly Calibrated[],
	calibration: readonly Calibrated[],
): Record<string, Residuals> {
	const byType = Map.groupBy(tickets, ({ type }) => type);
	const calibrationByType = Map.groupBy(calibration, ({ type }) => type);
	const pooled = shiftsOf(calibration);
	return Object.fromEntries(
		[[ALL_TYPES, tickets] as const, ...byType].map(([type, own]) => {
			const mine = calibrationByType.get(type) ?? [];
			return [
				type,
				{
					...centreOf(own),
					...(type === ALL_TYPES || mine.length === 0
						? pooled
						: blend(shiftsOf(mine), pooled, mine.length)),
					shift_p99: own.length < FEWEST_FOR_P99 ? null : shiftP99(own),
				},
			];
		}),
	);
}

function centreOf(
	own: readonly Calibrated[],
): Pick<Residuals, "tickets" | "median" | "spread"> {
	const residuals = own.map(({ raw, actual }) => actual - raw.p50);
	return {
		tickets: own.length,
		median: round6(median(residuals)),
		spread: Math.max(LEAST_SPREAD, round6(robustSpread(residuals))),
	};
}

function shiftsOf(own: readonly Calibrated[]) {
	return {
		shift_p10: round6(
			-conformal(
				own.map(({ raw, actual }) => raw.p10 - actual),
				0.9,
			),
		),
		shift_p90: round6(
			conformal(
				own.map(({ raw, actual }) => actual - raw.p90),
				0.9,
			),
		),
	};
}

function shiftP99(own: readonly Calibrated[]): number {
	const residuals = own.map(({ raw, actual }) => actual - raw.p50);
	return round6(conformal(residuals, 0.99));
}

/** The value that the next one will not exceed with this chance: a little above the quantile, as few prove little. */
function conformal(values: readonly number[], at: number): number {
	const sorted = Float64Array.from(values).sort();
	const corrected = Math.min(1, (at * (sorted.length + 1)) / sorted.length);
	return quantileOfSorted(sorted, corrected);
}

function blend(
	own: ReturnType<typeof shiftsOf>,
	pooled: ReturnType<typeof shiftsOf>,
	tickets: number,
) {
	const weight = tickets / (tickets + POOLED_WEIGHT);
	const mix = (a: number, b: number) => round6(weight * a + (1 - weight) * b);
	return {
		shift_p10: mix(own.shift_p10, pooled.shift_p10),
		shift_p90: mix(own.shift_p90, pooled.shift_p90),
	};
}
