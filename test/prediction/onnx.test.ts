import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { featuresOf } from "../../src/domain/prediction/predict.ts";
import {
	sumTrees,
	type TreeEnsemble,
} from "../../src/domain/prediction/tree-ensemble.ts";
import {
	MOST_ONNX_BYTES,
	modelFromOnnx,
	readOnnx,
	writeModel,
	writeOnnx,
} from "../../src/prediction/onnx.ts";
import {
	decodeOnnx,
	encodeOnnx,
	type OnnxAttribute,
	type OnnxFile,
} from "../../src/prediction/onnx-proto.ts";
import { calmModel, unseenTickets } from "../domain/prediction/made-models.ts";

const stump: TreeEnsemble = {
	base: 1,
	roots: [0],
	feature: [0, -1, -1],
	threshold: [0.5, 0, 0],
	left: [1, 0, 0],
	right: [2, 0, 0],
	value: [0, 10, 20],
};

const stumpFile = () =>
	decodeOnnx(writeOnnx({ targets: [stump], features: 2, metadata: {} }));

/** The stump's file, changed. */
function changed(change: (file: OnnxFile) => void) {
	const file = stumpFile();
	change(file);
	return readOnnx(encodeOnnx(file));
}

function attribute(file: OnnxFile, name: string): OnnxAttribute {
	const found = file.graph?.node[0]?.attribute.find((one) => one.name === name);
	assert.ok(found);
	return found;
}

function treesOf(read: ReturnType<typeof readOnnx>) {
	assert.ok("trees" in read, "problem" in read ? read.problem : "");
	return read.trees;
}

test("onnx: our model comes back whole, and its trees say the same", () => {
	const trees = treesOf(readOnnx(writeModel(calmModel)));
	assert.deepEqual(modelFromOnnx(trees), { model: calmModel });
	assert.equal(trees.features, 19);
	const { p10, p50, p90 } = calmModel.boosting ?? {};
	for (const ticket of unseenTickets.slice(0, 100))
		for (const [target, own] of [p10, p50, p90].entries()) {
			assert.ok(own);
			const features = featuresOf(ticket, calmModel);
			const said = sumTrees(trees.targets[target] ?? stump, features);
			assert.ok(Math.abs(said - sumTrees(own, features)) < 1e-5);
		}
});

test("onnx: a model without boosting is written too", () => {
	const plain = { ...calmModel, boosting: null };
	const trees = treesOf(readOnnx(writeModel(plain)));
	assert.deepEqual(modelFromOnnx(trees), { model: plain });
	assert.equal(trees.targets.length, 3);
});

test("onnx: a damaged model in the metadata is refused by name", () => {
	const written = (text: string) =>
		modelFromOnnx({
			targets: [],
			features: null,
			metadata: { "orchestrator.model": text },
		});
	assert.deepEqual(written("{"), {
		problem: "metadata orchestrator.model is no JSON",
	});
	assert.ok("problem" in (written("{}") ?? {}));
	assert.equal(
		modelFromOnnx({ targets: [], features: null, metadata: {} }),
		null,
	);
});

test("onnx: BRANCH_LEQ takes the threshold itself to the left, BRANCH_LT to the right", () => {
	const leq = treesOf(changed(() => {})).targets[0] ?? stump;
	assert.deepEqual(
		[0.5, 0.500001].map((x) => sumTrees(leq, [x])),
		[11, 21],
	);
	for (const threshold of [0.5, 0, -0.5, 3]) {
		const lt = treesOf(
			changed((file) => {
				attribute(file, "nodes_modes").strings = [
					"BRANCH_LT",
					"LEAF",
					"LEAF",
				].map((mode) => Buffer.from(mode));
				attribute(file, "nodes_values").floats = [threshold, 0, 0];
			}),
		).targets[0];
		assert.ok(lt);
		assert.deepEqual(
			[threshold - 1e-6, threshold, threshold + 1].map((x) =>
				sumTrees(lt, [x]),
			),
			[11, 21, 21],
		);
	}
});

test("onnx: averaged trees say their mean", () => {
	const twice = decodeOnnx(
		writeOnnx({
			targets: [{ ...stump, roots: [0, 0] }],
			features: 2,
			metadata: {},
		}),
	);
	twice.graph?.node[0]?.attribute.push({
		name: "aggregate_function",
		s: Buffer.from("AVERAGE"),
		type: 3,
	});
	const own = treesOf(readOnnx(encodeOnnx(twice))).targets[0] ?? stump;
	assert.deepEqual(
		[0, 1].map((x) => sumTrees(own, [x])),
		[11, 21],
	);
});

for (const [name, change, problem] of [
	[
		"another operator",
		(file) => file.graph?.node.push({ ...nodeOf(file), op_type: "Softmax" }),
		/^operator Softmax is not known, only TreeEnsembleRegressor is$/,
	],
	[
		"two operators",
		(file) => file.graph?.node.push(nodeOf(file)),
		/^the file has 2 operators instead of one$/,
	],
	[
		"another branch",
		(file) => {
			attribute(file, "nodes_modes").strings = [
				"BRANCH_EQ",
				"LEAF",
				"LEAF",
			].map((mode) => Buffer.from(mode));
		},
		/^branches by BRANCH_EQ are not known$/,
	],
	[
		"an unknown attribute",
		(file) =>
			nodeOf(file).attribute.push({ name: "nodes_values_as_tensor", type: 4 }),
		/^attribute nodes_values_as_tensor is not known$/,
	],
	[
		"a transform",
		(file) =>
			nodeOf(file).attribute.push({
				name: "post_transform",
				s: Buffer.from("LOGISTIC"),
				type: 3,
			}),
		/^answers are changed by LOGISTIC$/,
	],
	[
		"a feature that is not in the input",
		(file) => {
			attribute(file, "nodes_featureids").ints = [2, 0, 0];
		},
		/^feature 2 is asked for$/,
	],
	[
		"a circle",
		(file) => {
			attribute(file, "nodes_falsenodeids").ints = [0, 0, 0];
		},
		/^a tree has 2 nodes that nothing leads to$/,
	],
	[
		"a child that does not exist",
		(file) => {
			attribute(file, "nodes_falsenodeids").ints = [9, 0, 0];
		},
		/^a tree has (no node 9|2 roots)$/,
	],
	[
		"a threshold that is no number",
		(file) => {
			attribute(file, "nodes_values").floats = [Number.NaN, 0, 0];
		},
		/^nodes_values has NaN$/,
	],
	[
		"lists of unequal length",
		(file) => {
			attribute(file, "nodes_values").floats = [0.5];
		},
		/^3 nodes have 1 values$/,
	],
	[
		"no graph",
		(file) => {
			file.graph = null;
		},
		/^the file has no graph$/,
	],
] as [string, (file: OnnxFile) => unknown, RegExp][])
	test(`onnx: ${name} is refused by name`, () => {
		const read = changed(change);
		assert.ok("problem" in read);
		assert.match(read.problem, problem);
	});

function nodeOf(file: OnnxFile) {
	const node = file.graph?.node[0];
	assert.ok(node);
	return node;
}

test("onnx: a file above the limit is not looked at, and bytes of any kind do no harm", () => {
	const large = readOnnx(new Uint8Array(MOST_ONNX_BYTES + 1));
	assert.ok("problem" in large && /bytes/.test(large.problem));
	const whole = writeOnnx({
		targets: [stump],
		features: 2,
		metadata: { a: "b" },
	});
	fc.assert(
		fc.property(
			fc.oneof(
				fc.uint8Array({ maxLength: 300 }),
				fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => {
					const copy = Uint8Array.from(whole);
					copy[at] = byte;
					return copy;
				}),
				fc.nat(whole.length).map((length) => whole.slice(0, length)),
			),
			(bytes) => {
				const read = readOnnx(bytes);
				if ("problem" in read) return;
				for (const target of read.trees.targets) sumTrees(target, [0, 0]);
			},
		),
		{ numRuns: 500 },
	);
});
