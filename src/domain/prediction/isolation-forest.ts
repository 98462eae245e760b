import { createRandom } from "../seeded-random.ts";
import { quantile } from "./quantiles.ts";

/** Random trees that cut points off: what is cut off early is unusual (Liu, Ting, Zhou 2008). */
export interface IsolationForest {
	/** Points each tree was grown on. */
	sample: number;
	/** The first node of each tree. */
	roots: number[];
	/** By node: the feature that is asked, or -1 at a leaf. */
	feature: number[];
	/** By node: below goes left. */
	threshold: number[];
	left: number[];
	right: number[];
	/** By leaf: its depth, and what deeper trees would add for the points it holds; else 0. */
	depth: number[];
	/** Scores above this are as unusual as the share that was asked for. */
	limit: number;
}

const TREES = 50;
const SAMPLE = 128;

/** Grown on these points, seeded; `contamination` is the share of them that lies above `limit`. */
export function growForest(
	points: readonly (readonly number[])[],
	contamination: number,
	seed: number,
): IsolationForest {
	const random = createRandom(seed);
	const sample = Math.min(SAMPLE, points.length);
	const forest: IsolationForest = {
		...{ sample, limit: 1 },
		...{ roots: [], feature: [], threshold: [] },
		...{ left: [], right: [], depth: [] },
	};
	const deepest = Math.ceil(Math.log2(Math.max(2, sample)));
	for (let tree = 0; tree < TREES; tree++) {
		const taken = Array.from(
			{ length: sample },
			() => points[Math.floor(random() * points.length)] as readonly number[],
		);
		forest.roots.push(grow(taken, 0));
	}
	const scores = points
		.slice(0, 10_000)
		.map((point) => isolationScore(forest, point));
	forest.limit = Number(quantile(scores, 1 - contamination).toFixed(6));
	return forest;

	function grow(own: readonly (readonly number[])[], depth: number): number {
		const node = forest.feature.push(-1) - 1;
		for (const list of [forest.threshold, forest.left, forest.right])
			list.push(0);
		forest.depth.push(Number((depth + averagePath(own.length)).toFixed(6)));
		const cut = depth < deepest && own.length > 1 ? cutOf(own) : undefined;
		if (cut === undefined) return node;
		const [feature, threshold] = cut;
		const isLeft = (point: readonly number[]) =>
			(point[feature] as number) < threshold;
		forest.feature[node] = feature;
		forest.threshold[node] = threshold;
		forest.depth[node] = 0;
		forest.left[node] = grow(own.filter(isLeft), depth + 1);
		forest.right[node] = grow(
			own.filter((point) => !isLeft(point)),
			depth + 1,
		);
		return node;
	}

	/** Somewhere between the lowest and the highest of a feature that differs. */
	function cutOf(
		own: readonly (readonly number[])[],
	): [number, number] | undefined {
		const ranges = (own[0] ?? []).flatMap((_, feature) => {
			const values = own.map((point) => point[feature] as number);
			const low = Math.min(...values);
			const high = Math.max(...values);
			return high > low ? [{ feature, low, high }] : [];
		});
		const range = ranges[Math.floor(random() * ranges.length)];
		if (range === undefined) return undefined;
		const { feature, low, high } = range;
		return [feature, Math.fround(low + (high - low) * (1 - random()))];
	}
}

/** 0 to 1: near 1 is cut off at once, one half is as usual as can be. */
export function isolationScore(
	{ sample, roots, feature, threshold, left, right, depth }: IsolationForest,
	point: readonly number[],
): number {
	let sum = 0;
	for (const root of roots) {
		let node = root;
		for (
			let asked = feature[node] as number;
			asked >= 0;
			asked = feature[node] as number
		)
			node = (
				(point[asked] as number) < (threshold[node] as number)
					? left[node]
					: right[node]
			) as number;
		sum += depth[node] as number;
	}
	return 2 ** (-sum / roots.length / Math.max(1e-9, averagePath(sample)));
}

/** Mean depth at which a point is alone in a random tree of so many. */
function averagePath(points: number): number {
	if (points <= 1) return 0;
	if (points === 2) return 1;
	return (
		2 * (Math.log(points - 1) + 0.577_215_664_9) - (2 * (points - 1)) / points
	);
}
