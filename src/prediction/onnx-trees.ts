import type { TreeEnsemble } from "../domain/prediction/tree-ensemble.ts";
import type { OnnxAttribute } from "./onnx-proto.ts";

/** Why a file's trees cannot be read. */
export class OnnxProblem extends Error {
	override readonly name = "OnnxProblem";
}

interface Limits {
	mostNodes: number;
	/** Null: the file does not say. */
	features: number | null;
}

/** Attributes that change nothing of the answer: hit rates, and where missing values go (ours never are). */
const ignored = ["nodes_hitrates", "nodes_missing_value_tracks_true"];
const known = [
	...["nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_modes"],
	...["nodes_values", "nodes_truenodeids", "nodes_falsenodeids"],
	...["target_treeids", "target_nodeids", "target_ids", "target_weights"],
	...["n_targets", "base_values", "aggregate_function", "post_transform"],
];

/** The operator's flat lists, one entry a node. */
interface NodeLists {
	trees: number[];
	ids: number[];
	features: number[];
	modes: string[];
	values: number[];
	trues: number[];
	falses: number[];
}

/** The ensemble of each target, children behind their parents. */
export function ensemblesOf(
	attributes: ReadonlyMap<string, OnnxAttribute>,
	limits: Limits,
): TreeEnsemble[] {
	for (const name of attributes.keys())
		if (!known.includes(name) && !ignored.includes(name))
			throw new OnnxProblem(`attribute ${name.slice(0, 60)} is not known`);
	const text = (name: string, otherwise: string) =>
		textOf(attributes.get(name)?.s) || otherwise;
	const aggregate = text("aggregate_function", "SUM");
	if (aggregate !== "SUM" && aggregate !== "AVERAGE")
		throw new OnnxProblem(`trees are put together by ${aggregate}`);
	const transform = text("post_transform", "NONE");
	if (transform !== "NONE")
		throw new OnnxProblem(`answers are changed by ${transform}`);
	const lists = listsOf(attributes, limits);
	const byTree = Map.groupBy(
		lists.ids.keys(),
		(at) => lists.trees[at] as number,
	);
	const share = aggregate === "AVERAGE" ? 1 / byTree.size : 1;
	const targets = Math.max(1, attributes.get("n_targets")?.i ?? 1);
	if (targets > 10) throw new OnnxProblem(`the file has ${targets} targets`);
	const weights = weightsOf(attributes, targets);
	const bases = attributes.get("base_values")?.floats ?? [];
	return Array.from({ length: targets }, (_, target) => {
		const ensemble: TreeEnsemble = {
			base: finite(bases[target] ?? 0, "base_values"),
			...{ roots: [], feature: [], threshold: [] },
			...{ left: [], right: [], value: [] },
		};
		for (const [tree, nodes] of byTree)
			if (targets === 1 || weights[target]?.trees.has(tree))
				addTree(ensemble, lists, nodes, (id) => {
					const value = weights[target]?.values.get(`${tree} ${id}`) ?? 0;
					return share * value;
				});
		return ensemble;
	});
}

/** The other way round: every target has trees of its own. */
export function attributesOf(
	targets: readonly TreeEnsemble[],
): OnnxAttribute[] {
	const lists: NodeLists = {
		...{ trees: [], ids: [], features: [], modes: [] },
		...{ values: [], trues: [], falses: [] },
	};
	const leaves = {
		trees: [] as number[],
		ids: [] as number[],
		targets: [] as number[],
		weights: [] as number[],
	};
	let tree = 0;
	for (const [target, ensemble] of targets.entries())
		for (const root of ensemble.roots) {
			const ids = new Map([[root, 0]]);
			for (const node of ids.keys()) {
				const asked = ensemble.feature[node] as number;
				const children = [
					ensemble.left[node],
					ensemble.right[node],
				] as number[];
				if (asked >= 0) for (const child of children) ids.set(child, ids.size);
				const [left = 0, right = 0] = children.map(
					(child) => ids.get(child) ?? 0,
				);
				lists.trees.push(tree);
				lists.ids.push(ids.get(node) as number);
				lists.features.push(Math.max(0, asked));
				lists.modes.push(asked < 0 ? "LEAF" : "BRANCH_LEQ");
				lists.values.push(ensemble.threshold[node] as number);
				lists.trues.push(asked < 0 ? 0 : left);
				lists.falses.push(asked < 0 ? 0 : right);
				if (asked >= 0) continue;
				leaves.trees.push(tree);
				leaves.ids.push(ids.get(node) as number);
				leaves.targets.push(target);
				leaves.weights.push(ensemble.value[node] as number);
			}
			tree++;
		}
	return [
		ints("nodes_treeids", lists.trees),
		ints("nodes_nodeids", lists.ids),
		ints("nodes_featureids", lists.features),
		{
			name: "nodes_modes",
			strings: lists.modes.map((mode) => Buffer.from(mode)),
			type: 8,
		},
		floats("nodes_values", lists.values),
		ints("nodes_truenodeids", lists.trues),
		ints("nodes_falsenodeids", lists.falses),
		ints("target_treeids", leaves.trees),
		ints("target_nodeids", leaves.ids),
		ints("target_ids", leaves.targets),
		floats("target_weights", leaves.weights),
		{ name: "n_targets", i: targets.length, type: 2 },
		floats(
			"base_values",
			targets.map(({ base }) => base),
		),
	];
}

function listsOf(
	attributes: ReadonlyMap<string, OnnxAttribute>,
	{ mostNodes, features: width }: Limits,
): NodeLists {
	const numbers = (name: string) => attributes.get(name)?.ints ?? [];
	const lists: NodeLists = {
		trees: numbers("nodes_treeids"),
		ids: numbers("nodes_nodeids"),
		features: numbers("nodes_featureids"),
		modes: (attributes.get("nodes_modes")?.strings ?? []).map(textOf),
		values: attributes.get("nodes_values")?.floats ?? [],
		trues: numbers("nodes_truenodeids"),
		falses: numbers("nodes_falsenodeids"),
	};
	const count = lists.ids.length;
	if (count === 0) throw new OnnxProblem("the file has no trees");
	if (count > mostNodes)
		throw new OnnxProblem(`the file has ${count} nodes, ${mostNodes} are read`);
	for (const [name, list] of Object.entries(lists))
		if (list.length !== count)
			throw new OnnxProblem(`${count} nodes have ${list.length} ${name}`);
	for (const [at, mode] of lists.modes.entries()) {
		const asked = lists.features[at] as number;
		if (mode === "LEAF") continue;
		if (mode !== "BRANCH_LEQ" && mode !== "BRANCH_LT")
			throw new OnnxProblem(`branches by ${mode.slice(0, 60)} are not known`);
		if (!(asked >= 0 && asked < (width ?? 10_000)))
			throw new OnnxProblem(`feature ${asked} is asked for`);
	}
	return lists;
}

/** By target: its trees, and the value of each leaf by tree and node. */
function weightsOf(
	attributes: ReadonlyMap<string, OnnxAttribute>,
	targets: number,
) {
	const trees = attributes.get("target_treeids")?.ints ?? [];
	const ids = attributes.get("target_nodeids")?.ints ?? [];
	const places = attributes.get("target_ids")?.ints ?? [];
	const weights = attributes.get("target_weights")?.floats ?? [];
	if ([ids, places, weights].some(({ length }) => length !== trees.length))
		throw new OnnxProblem("the leaves' lists are of unequal length");
	const tables = Array.from({ length: targets }, () => ({
		trees: new Set<number>(),
		values: new Map<string, number>(),
	}));
	for (const [at, tree] of trees.entries()) {
		const table = tables[places[at] as number];
		if (table === undefined)
			throw new OnnxProblem(`there is no target ${places[at]}`);
		const key = `${tree} ${ids[at]}`;
		const weight = finite(weights[at] as number, "target_weights");
		table.trees.add(tree);
		table.values.set(key, (table.values.get(key) ?? 0) + weight);
	}
	return tables;
}

/** Written anew from the root down, so that a walk always ends. */
function addTree(
	ensemble: TreeEnsemble,
	lists: NodeLists,
	nodes: readonly number[],
	leafValue: (id: number) => number,
): void {
	const places = new Map(nodes.map((at) => [lists.ids[at] as number, at]));
	const children = new Set(
		nodes.flatMap((at) =>
			lists.modes[at] === "LEAF"
				? []
				: [lists.trues[at] as number, lists.falses[at] as number],
		),
	);
	const roots = [...places.keys()].filter((id) => !children.has(id));
	const [root] = roots;
	if (root === undefined || roots.length > 1)
		throw new OnnxProblem(`a tree has ${roots.length} roots`);
	let written = 0;
	ensemble.roots.push(ensemble.feature.length);
	const open: { id: number; link?: { list: number[]; node: number } }[] = [
		{ id: root },
	];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const at = places.get(next.id);
		if (at === undefined)
			throw new OnnxProblem(`a tree has no node ${next.id}`);
		if (++written > nodes.length)
			throw new OnnxProblem("a tree runs in circles");
		const node = ensemble.feature.length;
		if (next.link) next.link.list[next.link.node] = node;
		const isLeaf = lists.modes[at] === "LEAF";
		const value = isLeaf
			? 0
			: finite(lists.values[at] as number, "nodes_values");
		ensemble.feature.push(isLeaf ? -1 : (lists.features[at] as number));
		ensemble.threshold.push(
			lists.modes[at] === "BRANCH_LT" ? below(value) : value,
		);
		ensemble.left.push(0);
		ensemble.right.push(0);
		ensemble.value.push(isLeaf ? leafValue(next.id) : 0);
		if (isLeaf) continue;
		open.push(
			{ id: lists.falses[at] as number, link: { list: ensemble.right, node } },
			{ id: lists.trues[at] as number, link: { list: ensemble.left, node } },
		);
	}
	if (written < nodes.length)
		throw new OnnxProblem(
			`a tree has ${nodes.length - written} nodes that nothing leads to`,
		);
}

/** The next smaller number of single precision: `x < t` is `x <= below(t)`. */
function below(value: number): number {
	const float = Float32Array.of(value);
	const bits = new Int32Array(float.buffer);
	const now = bits[0] as number;
	// 0 and -0 go to the smallest negative number.
	if (float[0] === 0) bits[0] = 0x80000001 | 0;
	else bits[0] = now > 0 ? now - 1 : now + 1;
	return float[0] as number;
}

function finite(value: number, what: string): number {
	if (!Number.isFinite(value)) throw new OnnxProblem(`${what} has ${value}`);
	return value;
}

function ints(name: string, list: number[]): OnnxAttribute {
	return { name, ints: list, type: 7 };
}

function floats(name: string, list: number[]): OnnxAttribute {
	return { name, floats: list, type: 6 };
}

function textOf(bytes: Uint8Array | undefined): string {
	return bytes === undefined ? "" : Buffer.from(bytes).toString("latin1");
}
