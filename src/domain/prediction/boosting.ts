import { createRandom } from "../seeded-random.ts";
import { quantile, round6, selectQuantile } from "./quantiles.ts";
import type { TreeEnsemble } from "./tree-ensemble.ts";

interface BoostingOptions {
	/** Which quantile is learned, 0 to 1. */
	at: number;
	trees: number;
	leaves: number;
	/** Tickets of a leaf at least. */
	leafSize: number;
	/** How much of each tree counts. */
	rate: number;
}

/** Features cut into at most 64 bins each: trees ask only where a bin ends. */
interface BinnedRows {
	/** By feature, then row. */
	bins: Uint8Array[];
	/** By feature: the upper edge of each bin but the last, single precision. */
	edges: number[][];
	count: number;
}

const MOST_BINS = 64;
/** Edges are looked for among so many values. */
const EDGE_SAMPLE = 20_000;
/** A tree is grown on about so many rows. */
const TREE_SAMPLE = 8_000;
const SAMPLE_SEED = 7;

export function binRows(rows: readonly (readonly number[])[]): BinnedRows {
	const width = rows[0]?.length ?? 0;
	const step = Math.max(1, Math.floor(rows.length / EDGE_SAMPLE));
	const edges = Array.from({ length: width }, (_, feature) => {
		const sample = new Float64Array(Math.ceil(rows.length / step));
		for (let at = 0; at < sample.length; at++)
			sample[at] = (rows[at * step] as number[])[feature] as number;
		return edgesOf(sample.sort());
	});
	const bins = edges.map((own, feature) =>
		Uint8Array.from(rows, (row) => binOf(own, row[feature] as number)),
	);
	return { bins, edges, count: rows.length };
}

/** Between neighbouring values, so that about the same number of rows falls into each bin. */
function edgesOf(sorted: Float64Array): number[] {
	const edges: number[] = [];
	for (let cut = 1; cut < MOST_BINS; cut++) {
		const place = Math.floor((cut * sorted.length) / MOST_BINS);
		const value = sorted[place] as number;
		let after = place;
		while (after < sorted.length && sorted[after] === value) after++;
		if (after >= sorted.length) break;
		const edge = Math.fround((value + (sorted[after] as number)) / 2);
		if (edge > (edges.at(-1) ?? Number.NEGATIVE_INFINITY)) edges.push(edge);
	}
	return edges;
}

function binOf(edges: readonly number[], value: number): number {
	let low = 0;
	let high = edges.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (Math.fround(value) <= (edges[middle] as number)) high = middle;
		else low = middle + 1;
	}
	return low;
}

/** Some of the rows, in bins that were cut for all. */
export function takeRows(
	{ bins, edges }: BinnedRows,
	take: readonly number[],
): BinnedRows {
	const taken = bins.map((own) =>
		Uint8Array.from(take, (row) => own[row] as number),
	);
	return { bins: taken, edges, count: take.length };
}

/**
 * Gradient boosting of one quantile by trees over histograms, leaf by leaf; leaves say the quantile of what is left.
 * Of many rows each tree sees a sample of its own, seeded.
 */
export function boostQuantile(
	rows: BinnedRows,
	target: Float64Array,
	options: BoostingOptions,
): TreeEnsemble {
	const random = createRandom(SAMPLE_SEED);
	const share = Math.min(1, TREE_SAMPLE / rows.count);
	const base = round6(quantile(target, options.at));
	const grown = emptyEnsemble(base);
	const left = target.map((value) => value - base);
	const gradient = new Float64Array(rows.count);
	const everything = Int32Array.from({ length: rows.count }, (_, row) => row);
	for (let tree = 0; tree < options.trees; tree++) {
		for (let row = 0; row < rows.count; row++)
			gradient[row] = (left[row] as number) > 0 ? options.at : options.at - 1;
		const sample =
			share < 1 ? everything.filter(() => random() < share) : everything;
		growTree(grown, rows, sample, gradient, options, (members) => {
			const own = Float64Array.from(members, (row) => left[row] as number);
			return round6(options.rate * selectQuantile(own, options.at));
		});
		const root = grown.roots[tree] as number;
		for (let row = 0; row < rows.count; row++)
			left[row] = (left[row] as number) - leafOfRow(grown, rows, root, row);
	}
	return grown;
}

/** By bins: the same leaf as by values. */
function leafOfRow(
	{ feature, left, right, value, threshold }: TreeEnsemble,
	{ bins, edges }: BinnedRows,
	root: number,
	row: number,
): number {
	let node = root;
	for (
		let asked = feature[node] as number;
		asked >= 0;
		asked = feature[node] as number
	) {
		const bin = bins[asked]?.[row] as number;
		const edge = edges[asked]?.[bin] ?? Number.POSITIVE_INFINITY;
		node = (
			edge <= (threshold[node] as number) ? left[node] : right[node]
		) as number;
	}
	return value[node] as number;
}

interface Leaf {
	node: number;
	members: Int32Array;
	/** By feature and bin: sum of gradients, then count. */
	sums: Float64Array;
	counts: Int32Array;
	split: Split | undefined;
}

interface Split {
	gain: number;
	feature: number;
	/** The last bin that goes left. */
	bin: number;
}

function growTree(
	ensemble: TreeEnsemble,
	rows: BinnedRows,
	sample: Int32Array,
	gradient: Float64Array,
	{ leaves: most, leafSize }: BoostingOptions,
	leafValue: (members: Int32Array) => number,
): void {
	const root = addNode(ensemble);
	ensemble.roots.push(root);
	const leaves = [leafOf(root, sample)];
	while (leaves.length < most) {
		const best = bestOf(leaves);
		if (best?.split === undefined) break;
		const { feature, bin } = best.split;
		const [left, right] = divide(best, rows.bins[feature] as Uint8Array, bin);
		ensemble.feature[best.node] = feature;
		ensemble.threshold[best.node] = rows.edges[feature]?.[bin] as number;
		ensemble.left[best.node] = left.node;
		ensemble.right[best.node] = right.node;
		leaves.splice(leaves.indexOf(best), 1, left, right);
	}
	for (const { node, members } of leaves)
		ensemble.value[node] = leafValue(members);

	function leafOf(node: number, members: Int32Array): Leaf {
		const sums = new Float64Array(rows.bins.length * MOST_BINS);
		const counts = new Int32Array(rows.bins.length * MOST_BINS);
		for (const [feature, bins] of rows.bins.entries()) {
			if (rows.edges[feature]?.length === 0) continue;
			const offset = feature * MOST_BINS;
			for (let at = 0; at < members.length; at++) {
				const row = members[at] as number;
				const cell = offset + (bins[row] as number);
				sums[cell] = (sums[cell] as number) + (gradient[row] as number);
				counts[cell] = (counts[cell] as number) + 1;
			}
		}
		return withSplit({ node, members, sums, counts });
	}

	/** The larger child's sums are the parent's without the smaller's. */
	function divide(parent: Leaf, bins: Uint8Array, bin: number): [Leaf, Leaf] {
		const [lefts, rights] = partition(parent.members, bins, bin);
		const isLeftSmall = lefts.length <= rights.length;
		const nodes = [addNode(ensemble), addNode(ensemble)] as const;
		const small = leafOf(
			nodes[isLeftSmall ? 0 : 1],
			isLeftSmall ? lefts : rights,
		);
		const large = withSplit({
			node: nodes[isLeftSmall ? 1 : 0],
			members: isLeftSmall ? rights : lefts,
			sums: difference(parent.sums, small.sums),
			counts: difference(parent.counts, small.counts),
		});
		return isLeftSmall ? [small, large] : [large, small];
	}

	function withSplit(leaf: Omit<Leaf, "split">): Leaf {
		return { ...leaf, split: findSplit(leaf, rows.edges, leafSize) };
	}
}

function partition(
	members: Int32Array,
	bins: Uint8Array,
	bin: number,
): [Int32Array, Int32Array] {
	const lefts = new Int32Array(members.length);
	const rights = new Int32Array(members.length);
	let left = 0;
	let right = 0;
	for (let at = 0; at < members.length; at++) {
		const row = members[at] as number;
		if ((bins[row] as number) <= bin) lefts[left++] = row;
		else rights[right++] = row;
	}
	return [lefts.subarray(0, left), rights.subarray(0, right)];
}

function difference<List extends Float64Array | Int32Array>(
	whole: List,
	part: List,
): List {
	const rest = whole.slice() as List;
	for (let at = 0; at < rest.length; at++)
		rest[at] = (rest[at] as number) - (part[at] as number);
	return rest;
}

function bestOf(leaves: readonly Leaf[]): Leaf | undefined {
	let best: Leaf | undefined;
	for (const leaf of leaves)
		if ((leaf.split?.gain ?? 0) > (best?.split?.gain ?? 0)) best = leaf;
	return best;
}

function findSplit(
	{ members, sums, counts }: Pick<Leaf, "members" | "sums" | "counts">,
	edges: readonly (readonly number[])[],
	leafSize: number,
): Split | undefined {
	if (members.length < 2 * leafSize) return undefined;
	let total = 0;
	const first = edges.findIndex((own) => own.length > 0);
	for (let bin = 0; bin < MOST_BINS; bin++)
		total += sums[first * MOST_BINS + bin] ?? 0;
	const unsplit = (total * total) / members.length;
	let best: Split | undefined;
	for (const [feature, own] of edges.entries()) {
		let sum = 0;
		let count = 0;
		for (let bin = 0; bin < own.length; bin++) {
			const cell = feature * MOST_BINS + bin;
			sum += sums[cell] as number;
			count += counts[cell] as number;
			const rest = members.length - count;
			if (count < leafSize || rest < leafSize) continue;
			const gain = (sum * sum) / count + (total - sum) ** 2 / rest - unsplit;
			if (gain > (best?.gain ?? 1e-9)) best = { gain, feature, bin };
		}
	}
	return best;
}

function emptyEnsemble(base: number): TreeEnsemble {
	return {
		base,
		...{ roots: [], feature: [], threshold: [] },
		...{ left: [], right: [], value: [] },
	};
}

function addNode(ensemble: TreeEnsemble): number {
	ensemble.feature.push(-1);
	ensemble.threshold.push(0);
	ensemble.left.push(0);
	ensemble.right.push(0);
	return ensemble.value.push(0) - 1;
}
