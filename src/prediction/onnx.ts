import { featureNames } from "../domain/prediction/features.ts";
import type { IsolationForest } from "../domain/prediction/isolation-forest.ts";
import type { Model } from "../domain/prediction/model.ts";
import {
	MOST_NODES,
	type ReadModel,
	readModel,
} from "../domain/prediction/read-model.ts";
import type { TreeEnsemble } from "../domain/prediction/tree-ensemble.ts";
import { decodeOnnx, encodeOnnx, type OnnxAttribute } from "./onnx-proto.ts";
import { attributesOf, ensemblesOf, OnnxProblem } from "./onnx-trees.ts";

interface OnnxTrees {
	/** One for each value that the file says of a row. */
	targets: TreeEnsemble[];
	/** How many features a row has; null: the file does not say. */
	features: number | null;
	metadata: Record<string, string>;
}

/** More is not read. */
export const MOST_ONNX_BYTES = 64 * 1_048_576;

const FLOAT_TENSOR = 1;
/** Of a file that we wrote: our whole model as JSON. */
const MODEL_KEY = "orchestrator.model";

/**
 * A tree ensemble from an ONNX file: one TreeEnsembleRegressor on one tensor, branches by LEQ or LT. Whatever else
 * the file computes would be left out of the answer, so any other operator is a problem, by name.
 */
export function readOnnx(
	bytes: Uint8Array,
): { trees: OnnxTrees } | { problem: string } {
	if (bytes.length > MOST_ONNX_BYTES)
		return {
			problem: `the file has ${bytes.length} bytes, ${MOST_ONNX_BYTES} are read`,
		};
	try {
		return { trees: treesOf(bytes) };
	} catch (error) {
		if (error instanceof OnnxProblem) return { problem: error.message };
		throw error;
	}
}

/**
 * Our model as ONNX: what its trees add to the regression's log of ms, at 10, 50 and 90 %, from the features
 * `featureNames["ours-1"]`, of which the last is what the regression says. The whole model stands in the file's
 * metadata, from where `modelFromOnnx` reads it.
 */
export function writeModel(model: Model): Uint8Array {
	const { boosting, foreign } = model;
	const targets = foreign
		? [foreign.trees]
		: boosting
			? [boosting.p10, boosting.p50, boosting.p90]
			: [noTrees, noTrees, noTrees];
	return writeOnnx({
		targets,
		features: featureNames[model.feature_schema].length,
		metadata: {
			feature_schema: model.feature_schema,
			features: featureNames[model.feature_schema].join(","),
			[MODEL_KEY]: JSON.stringify(model),
		},
	});
}

/** The model that `writeModel` put into a file; null: the file is somebody else's. */
export function modelFromOnnx({ metadata }: OnnxTrees): ReadModel | null {
	const text = metadata[MODEL_KEY];
	if (text === undefined) return null;
	try {
		return readModel(JSON.parse(text));
	} catch {
		return { problem: `metadata ${MODEL_KEY} is no JSON` };
	}
}

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

/** Input `X`, float, one row a ticket; output `variable`, float, one column a target. */
export function writeOnnx({
	targets,
	features,
	metadata,
}: OnnxTrees & { features: number }): Uint8Array {
	const tensor = (name: string, width: number) => ({
		name,
		type: {
			tensor_type: {
				elem_type: FLOAT_TENSOR,
				shape: { dim: [{ dim_param: "N" }, { dim_value: width }] },
			},
		},
	});
	return encodeOnnx({
		ir_version: 8,
		producer_name: "orchestrator-dynamic",
		opset_import: [
			{ domain: "", version: 15 },
			{ domain: "ai.onnx.ml", version: 1 },
		],
		metadata_props: Object.entries(metadata).map(([key, value]) => ({
			key,
			value,
		})),
		graph: {
			name: "tickets",
			input: [tensor("X", features)],
			output: [tensor("variable", targets.length)],
			node: [
				{
					input: ["X"],
					output: ["variable"],
					name: "trees",
					op_type: "TreeEnsembleRegressor",
					domain: "ai.onnx.ml",
					attribute: attributesOf(targets),
				},
			],
		},
	});
}

const noTrees: TreeEnsemble = {
	base: 0,
	...{ roots: [0], feature: [-1], threshold: [0] },
	...{ left: [0], right: [0], value: [0] },
};

function treesOf(bytes: Uint8Array): OnnxTrees {
	const { graph, metadata_props } = decoded(bytes);
	if (graph === null) throw new OnnxProblem("the file has no graph");
	const foreign = graph.node.find(
		({ op_type }) => op_type !== "TreeEnsembleRegressor",
	);
	if (foreign !== undefined)
		throw new OnnxProblem(
			`operator ${foreign.op_type.slice(0, 60)} is not known, only TreeEnsembleRegressor is`,
		);
	const [node, second] = graph.node;
	if (node === undefined || second !== undefined)
		throw new OnnxProblem(
			`the file has ${graph.node.length} operators instead of one`,
		);
	const dims = graph.input[0]?.type?.tensor_type?.shape?.dim ?? [];
	const features = dims[1]?.dim_value || null;
	return {
		targets: ensemblesOf(namedOf(node.attribute), {
			mostNodes: MOST_NODES,
			features,
		}),
		features,
		metadata: Object.fromEntries(
			metadata_props.map(({ key, value }) => [key, value]),
		),
	};
}

function decoded(bytes: Uint8Array) {
	try {
		return decodeOnnx(bytes);
	} catch (cause) {
		throw new OnnxProblem(
			`the file is no ONNX model: ${cause instanceof Error ? cause.message : cause}`,
		);
	}
}

function namedOf(
	attributes: readonly OnnxAttribute[],
): Map<string, OnnxAttribute> {
	return new Map(attributes.map((one) => [one.name, one]));
}
