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
	/** By leaf: its depth, and what deeper trees would add for the points it holds. */
	depth: number[];
	/** Scores above this are unusual. */
	limit: number;
}
