import { binRows, boostQuantile, takeRows } from "./boosting.ts";
import { groupOf, ours, regressors } from "./features.ts";
import { logDuration } from "./history.ts";
import type { Model, Regression } from "./model.ts";
import type { FinishedTicket } from "./prediction.ts";
import { fitRegression, type RegressionRows, regress } from "./regression.ts";
import { sumTrees } from "./tree-ensemble.ts";

/** Usable tickets, oldest first, and what is derived from them, row by row. */
export interface Rows extends RegressionRows {
	tickets: readonly FinishedTicket[];
	features: readonly number[][];
	target: Float64Array;
	/** The first of the newest, which neither the past's regression nor trees see. */
	held: number;
}

/** What the past has taught, and what was foretold of each ticket without having seen it. */
interface Medians {
	/** Of the past. */
	regression: Regression;
	/** By row, log of ms: what regressions say, and the median with what trees add. */
	levels: Float64Array;
	medians: Float64Array;
	/** Of the past; null: without trees. */
	boost: () => Model["boosting"];
}

/** Residuals are boosted as regressions of the other parts leave them. */
const PARTS = 4;
/** The same of trees, of which each part costs as much as a quantile. */
const TREE_PARTS = 2;
const BOOSTING = { trees: 60, leaves: 12, leafSize: 40, rate: 0.1 };

export function rowsOf(
	tickets: readonly FinishedTicket[],
	estimate_bias: Record<string, number>,
	held: number,
): Rows {
	return {
		tickets,
		features: tickets.map((ticket) => regressors(ticket, { estimate_bias })),
		types: tickets.map(({ task_type }) => task_type),
		groups: tickets.map(groupOf),
		target: Float64Array.from(tickets, logDuration),
		held,
	};
}

/** Each ticket is foretold by what has not seen it: of the past part by part, of the newest by the whole past. */
export function learnMedians(rows: Rows, hasTrees: boolean): Medians {
	const past = Array.from({ length: rows.held }, (_, row) => row);
	const regression = fitRegression(rows, past);
	const levels = unseenLevels(rows, past, regression);
	if (!hasTrees)
		return { regression, levels, medians: levels, boost: () => null };
	const features = rows.tickets.map((ticket, row) =>
		ours(ticket, rows.features[row] as number[], levels[row] as number),
	);
	const binned = binRows(features.slice(0, rows.held));
	const left = Float64Array.from(
		past,
		(row) => (rows.target[row] as number) - (levels[row] as number),
	);
	const boostAt = (at: number) =>
		boostQuantile(binned, left, { at, ...BOOSTING });
	const p50 = boostAt(0.5);
	const medians = levels.slice();
	for (let part = 0; part < TREE_PARTS; part++) {
		const others = past.filter((row) => row % TREE_PARTS !== part);
		const trees = boostQuantile(
			takeRows(binned, others),
			Float64Array.from(others, (row) => left[row] as number),
			{ at: 0.5, ...BOOSTING },
		);
		for (let row = part; row < rows.held; row += TREE_PARTS)
			medians[row] =
				(levels[row] as number) + sumTrees(trees, features[row] as number[]);
	}
	for (let row = rows.held; row < medians.length; row++)
		medians[row] =
			(levels[row] as number) + sumTrees(p50, features[row] as number[]);
	const boost = () => ({ p10: boostAt(0.1), p50, p90: boostAt(0.9) });
	return { regression, levels, medians, boost };
}

function unseenLevels(
	rows: Rows,
	past: readonly number[],
	wholePast: Regression,
): Float64Array {
	const levels = new Float64Array(rows.tickets.length);
	for (let part = 0; part < PARTS; part++) {
		const others = past.filter((row) => row % PARTS !== part);
		const regression = fitRegression(rows, others.length > 0 ? others : past);
		for (let row = part; row < rows.held; row += PARTS)
			levels[row] = levelOf(regression, rows, row);
	}
	for (let row = rows.held; row < levels.length; row++)
		levels[row] = levelOf(wholePast, rows, row);
	return levels;
}

function levelOf(regression: Regression, rows: Rows, row: number): number {
	return regress(
		regression,
		rows.features[row] as number[],
		rows.types[row] as string,
		rows.groups[row] as string,
	);
}
