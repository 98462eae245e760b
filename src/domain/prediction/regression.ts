import type { Regression, RegressionNode } from "./model.ts";
import { median } from "./quantiles.ts";

/** Tickets to learn from, as columns of equal length. */
export interface RegressionRows {
	/** `regressors` of each ticket. */
	features: readonly (readonly number[])[];
	types: readonly string[];
	/** `groupOf` each ticket. */
	groups: readonly string[];
	/** Log of the duration, ms. */
	target: ArrayLike<number>;
}

/** What is left to learn, row by row, and room that all nodes work in, one after the other. */
interface Work {
	features: RegressionRows["features"];
	left: Float64Array;
	room: Float64Array;
}

/** How many tickets' weight pulls a node's intercept and slopes to its parent's. */
interface Shrinkage {
	intercept: number;
	slope: number;
}

const LEVELS: Record<"all" | "types" | "groups", Shrinkage> = {
	all: { intercept: 0, slope: 5 },
	types: { intercept: 1, slope: 10 },
	groups: { intercept: 1, slope: 30 },
};
const FEWEST_OF_TYPE = 5;
const FEWEST_OF_GROUP = 5;
/** More groups are left to their types, the smallest first. */
const MOST_GROUPS = 500;
const ROUNDS = 5;
/** Beyond so many spreads a ticket's pull no longer grows (Huber). */
const HUBER = 1.345;

/** Nested robust ridge regressions of log duration: each level learns what the former leaves over. */
export function fitRegression(
	rows: RegressionRows,
	take: readonly number[],
): Regression {
	const { features } = rows;
	const width = (features[0]?.length ?? 0) + 1;
	const work: Work = {
		features,
		left: Float64Array.from(rows.target),
		room: new Float64Array(take.length * width),
	};
	const all = fitNode(work, take, LEVELS.all);
	subtract(all, work, take);
	return {
		all,
		types: fitLevel(work, rows.types, take, {
			fewest: FEWEST_OF_TYPE,
			shrinkage: LEVELS.types,
		}),
		groups: fitLevel(work, rows.groups, take, {
			fewest: FEWEST_OF_GROUP,
			shrinkage: LEVELS.groups,
		}),
	};
}

/** Log of the median duration, ms. */
export function regress(
	{ all, types, groups }: Regression,
	features: readonly number[],
	type: string,
	group: string,
): number {
	let sum = nodeSays(all, features);
	const ofType = Object.hasOwn(types, type) ? types[type] : undefined;
	if (ofType !== undefined) sum += nodeSays(ofType, features);
	const ofGroup = Object.hasOwn(groups, group) ? groups[group] : undefined;
	if (ofGroup !== undefined) sum += nodeSays(ofGroup, features);
	return sum;
}

function nodeSays(
	{ weights, means, low, high }: RegressionNode,
	features: readonly number[],
): number {
	let sum = weights[0] as number;
	for (let at = 0; at < means.length; at++) {
		const weight = weights[at + 1] as number;
		if (weight === 0) continue;
		const value = Math.min(
			high[at] as number,
			Math.max(low[at] as number, features[at] as number),
		);
		sum += weight * (value - (means[at] as number));
	}
	return sum;
}

function fitLevel(
	work: Work,
	keys: readonly string[],
	take: readonly number[],
	{ fewest, shrinkage }: { fewest: number; shrinkage: Shrinkage },
): Record<string, RegressionNode> {
	const members = new Map<string, number[]>();
	for (const row of take) {
		const key = keys[row] as string;
		const list = members.get(key);
		if (list === undefined) members.set(key, [row]);
		else list.push(row);
	}
	const largest = [...members]
		.filter(([, list]) => list.length >= fewest)
		.sort(
			([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1),
		)
		.slice(0, MOST_GROUPS);
	return Object.fromEntries(
		largest.map(([key, list]) => {
			const node = fitNode(work, list, shrinkage);
			subtract(node, work, list);
			return [key, node];
		}),
	);
}

function subtract(
	node: RegressionNode,
	{ features, left }: Work,
	take: readonly number[],
): void {
	for (const row of take)
		left[row] =
			(left[row] as number) -
			nodeSays(node, features[row] as readonly number[]);
}

/** Ridge regression, weighted anew in each round so that outliers pull no more than others. */
function fitNode(
	{ features, left, room }: Work,
	take: readonly number[],
	shrinkage: Shrinkage,
): RegressionNode {
	const { means, low, high, variances } = describe(features, take);
	const width = means.length + 1;
	const rows = room.subarray(0, take.length * width);
	centre(rows, features, take, means);
	const wanted = Float64Array.from(take, (row) => left[row] as number);
	const penalties = [
		shrinkage.intercept,
		...variances.map((variance) => shrinkage.slope * variance + 1e-9),
	];
	const pull = new Float64Array(take.length).fill(1);
	const rests = new Float64Array(take.length);
	let weights = new Float64Array(width);
	weights[0] = median(wanted);
	for (let round = 0; round < ROUNDS; round++) {
		for (let at = 0; at < rests.length; at++) {
			let rest = wanted[at] as number;
			for (let column = 0; column < width; column++)
				rest -=
					(weights[column] as number) * (rows[at * width + column] as number);
			rests[at] = Math.abs(rest);
		}
		const limit = HUBER * Math.max(1e-3, 1.4826 * median(rests));
		for (let at = 0; at < rests.length; at++)
			pull[at] = Math.min(1, limit / (rests[at] as number));
		weights = solveWeighted(rows, wanted, pull, penalties);
	}
	const rounded = Array.from(weights, (weight) => round9(weight));
	return { weights: rounded, means, low, high };
}

/** Row by row: 1, then each feature less its mean. */
function centre(
	rows: Float64Array,
	features: readonly (readonly number[])[],
	take: readonly number[],
	means: readonly number[],
): void {
	const width = means.length + 1;
	take.forEach((row, at) => {
		const values = features[row] as readonly number[];
		rows[at * width] = 1;
		for (let column = 1; column < width; column++)
			rows[at * width + column] =
				(values[column - 1] as number) - (means[column - 1] as number);
	});
}

function solveWeighted(
	rows: Float64Array,
	wanted: Float64Array,
	pull: Float64Array,
	penalties: readonly number[],
): Float64Array<ArrayBuffer> {
	const width = penalties.length;
	const gram = new Float64Array(width * width);
	const right = new Float64Array(width);
	for (let at = 0; at < wanted.length; at++) {
		const from = at * width;
		for (let i = 0; i < width; i++) {
			const scaled = (pull[at] as number) * (rows[from + i] as number);
			if (scaled === 0) continue;
			right[i] = (right[i] as number) + scaled * (wanted[at] as number);
			const line = i * width;
			for (let j = 0; j <= i; j++)
				gram[line + j] =
					(gram[line + j] as number) + scaled * (rows[from + j] as number);
		}
	}
	penalties.forEach((penalty, i) => {
		const cell = i * width + i;
		gram[cell] = (gram[cell] as number) + penalty;
	});
	return solve(gram, right, width);
}

function describe(
	features: readonly (readonly number[])[],
	take: readonly number[],
) {
	const width = features[take[0] as number]?.length ?? 0;
	const columns = Array.from({ length: width }, (_, column) => {
		let sum = 0;
		let squares = 0;
		let low = Number.POSITIVE_INFINITY;
		let high = Number.NEGATIVE_INFINITY;
		for (const row of take) {
			const value = (features[row] as number[])[column] as number;
			sum += value;
			squares += value * value;
			low = Math.min(low, value);
			high = Math.max(high, value);
		}
		const mean = round9(sum / take.length);
		const variance = Math.max(0, squares / take.length - mean * mean);
		return { mean, variance, low, high };
	});
	return {
		means: columns.map(({ mean }) => mean),
		low: columns.map(({ low }) => low),
		high: columns.map(({ high }) => high),
		variances: columns.map(({ variance }) => variance),
	};
}

/** Solves a symmetric positive system given by its lower half (Cholesky). */
function solve(
	gram: Float64Array,
	right: Float64Array,
	width: number,
): Float64Array<ArrayBuffer> {
	const factor = new Float64Array(width * width);
	const at = (row: number, column: number) =>
		factor[row * width + column] as number;
	for (let i = 0; i < width; i++)
		for (let j = 0; j <= i; j++) {
			let sum = gram[i * width + j] as number;
			for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
			factor[i * width + j] =
				i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / at(j, j);
		}
	const found = new Float64Array(width);
	for (let i = 0; i < width; i++) {
		let sum = right[i] as number;
		for (let k = 0; k < i; k++) sum -= at(i, k) * (found[k] as number);
		found[i] = sum / at(i, i);
	}
	for (let i = width - 1; i >= 0; i--) {
		let sum = found[i] as number;
		for (let k = i + 1; k < width; k++) sum -= at(k, i) * (found[k] as number);
		found[i] = sum / at(i, i);
	}
	return found;
}

/** Short in JSON, and far below what a prediction shows. */
function round9(value: number): number {
	return Number(value.toFixed(9));
}
