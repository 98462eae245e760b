/** A sum of regression trees, as flat lists. A node without a feature (-1) is a leaf, and its value is the answer. */
export interface TreeEnsemble {
	/** Added to the leaves' sum. */
	base: number;
	/** The first node of each tree. */
	roots: number[];
	/** By node: the feature that is asked, or -1. */
	feature: number[];
	/** By node: `feature <= threshold` goes left. Single precision, as in ONNX. */
	threshold: number[];
	left: number[];
	right: number[];
	/** By node: a leaf's value, else 0. */
	value: number[];
}

/**
 * What the trees say of these features, which are compared in single precision. A missing value (NaN) goes right:
 * it is `<=` to nothing.
 */
export function sumTrees(
	{ base, roots, feature, threshold, left, right, value }: TreeEnsemble,
	features: ArrayLike<number>,
): number {
	let sum = base;
	for (let tree = 0; tree < roots.length; tree++) {
		let node = roots[tree] as number;
		for (
			let asked = feature[node] as number;
			asked >= 0;
			asked = feature[node] as number
		)
			node = (
				Math.fround(features[asked] as number) <= (threshold[node] as number)
					? left[node]
					: right[node]
			) as number;
		sum += value[node] as number;
	}
	return sum;
}
