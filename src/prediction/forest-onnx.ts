import type { IsolationForest } from "../domain/prediction/isolation-forest.ts";
import { writeOnnx } from "./onnx.ts";

/**
 * The isolation forest as ONNX: its mean path length, from which the score follows as `2 ** (-length / c(sample))`,
 * c(n) being the mean path of an unsuccessful search in a tree of n points.
 */
export function forestOnnx({
	roots,
	feature,
	threshold,
	left,
	right,
	depth,
	...facts
}: IsolationForest): Uint8Array {
	const value = depth.map((own, node) =>
		feature[node] === -1 ? own / roots.length : 0,
	);
	return writeOnnx({
		targets: [{ base: 0, roots, feature, threshold, left, right, value }],
		features: Math.max(...feature) + 1,
		metadata: {
			"orchestrator.sample": String(facts.sample),
			"orchestrator.limit": String(facts.limit),
		},
	});
}
