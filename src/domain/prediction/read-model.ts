import { featureNames, regressionFeatures } from "./features.ts";
import {
	ALL_TYPES,
	type Correction,
	type FeatureSchema,
	featureSchemas,
	MODEL_FORMAT,
	type Model,
} from "./model.ts";

export type ReadModel = { model: Model } | { problem: string };

/** More nodes are no model for a service that predicts in microseconds. */
export const MOST_NODES = 1_000_000;
/** Nodes that one prediction may pass, the longest way through every tree: 5,000 tasks are predicted at once. */
const MOST_STEPS = 10_000;
const FOREST_FEATURES = 4;

/** What is wrong with a value, and where in the model. */
class Damage extends Error {
	override readonly name = "Damage";
}

/**
 * A model as it comes from a registry. Damage is told by name: what is missing, is no number, or belongs to another
 * format or feature set. What is read can be predicted with: every node is in its list, and no tree runs in circles.
 */
export function readModel(value: unknown): ReadModel {
	try {
		check(value);
		return { model: value as Model };
	} catch (error) {
		if (error instanceof Damage) return { problem: error.message };
		throw error;
	}
}

/** A stored correction; null: it is damaged, and one begins anew. */
export function readCorrection(value: unknown): Correction | null {
	try {
		const { model, version, bias, interval, alarms } = record(value, "");
		if (typeof model !== "string") return null;
		count(version, "version");
		for (const table of [bias, interval])
			for (const [key, row] of rows(table, "table")) allFinite(row, key);
		for (const [type, byAnomaly] of rows(alarms, "alarms"))
			for (const [name, row] of rows(byAnomaly, type)) {
				const { silenced, ...counts } = record(row, name);
				if (typeof silenced !== "boolean") return null;
				allFinite(counts, name);
			}
		return value as Correction;
	} catch (error) {
		if (error instanceof Damage) return null;
		throw error;
	}
}

function check(value: unknown): void {
	const model = record(value, "model");
	if (model.format !== MODEL_FORMAT)
		throw new Damage(
			`format ${shown(model.format)} is not known, ${MODEL_FORMAT} is`,
		);
	if (typeof model.name !== "string" || model.name === "")
		throw new Damage("name is missing");
	count(model.version, "version");
	const schema = model.feature_schema as FeatureSchema;
	if (!featureSchemas.includes(schema))
		throw new Damage(
			`feature set ${shown(schema)} is not known, ${featureSchemas.join(" and ")} are`,
		);
	const trained = record(model.trained, "trained");
	for (const key of ["tickets", "unusable", "from_ms", "to_ms"])
		finite(trained[key], `trained.${key}`);
	if (typeof trained.data_hash !== "string")
		throw new Damage("trained.data_hash is missing");
	if (model.tested !== null) allFinite(model.tested, "tested");
	checkRegression(record(model.regression, "regression"));
	checkTrees(model, featureNames[schema].length);
	checkTables(model);
	if (model.forest !== null)
		checkNodes(record(model.forest, "forest"), "forest", {
			lists: ["threshold", "depth"],
			numbers: ["sample", "limit"],
			features: FOREST_FEATURES,
		});
}

function checkRegression(regression: Record<string, unknown>): void {
	checkNode(regression.all, "regression.all");
	for (const level of ["types", "groups"])
		for (const [key, node] of rows(regression[level], `regression.${level}`))
			checkNode(node, `regression.${level}.${key}`);
}

function checkNode(value: unknown, place: string): void {
	const node = record(value, place);
	const width = regressionFeatures.length;
	finiteList(node.weights, `${place}.weights`, width + 1);
	for (const key of ["means", "low", "high"])
		finiteList(node[key], `${place}.${key}`, width);
}

function checkTrees(model: Record<string, unknown>, features: number): void {
	const shape = { lists: ["threshold", "value"], numbers: ["base"], features };
	if (model.boosting !== null) {
		const boosting = record(model.boosting, "boosting");
		for (const key of ["p10", "p50", "p90"])
			checkNodes(
				record(boosting[key], `boosting.${key}`),
				`boosting.${key}`,
				shape,
			);
	}
	if (model.foreign === null) return;
	const foreign = record(model.foreign, "foreign");
	if (foreign.unit !== "ms" && foreign.unit !== "log_ms")
		throw new Damage(
			`foreign.unit ${shown(foreign.unit)} is neither ms nor log_ms`,
		);
	checkNodes(record(foreign.trees, "foreign.trees"), "foreign.trees", shape);
}

/** Children come after their parents: a walk ends. */
function checkNodes(
	trees: Record<string, unknown>,
	place: string,
	shape: { lists: string[]; numbers: string[]; features: number },
): void {
	for (const key of shape.numbers) finite(trees[key], `${place}.${key}`);
	const feature = finiteList(trees.feature, `${place}.feature`);
	const nodes = feature.length;
	if (nodes > MOST_NODES)
		throw new Damage(`${place} has ${nodes} nodes, ${MOST_NODES} are read`);
	for (const key of shape.lists)
		finiteList(trees[key], `${place}.${key}`, nodes);
	const left = finiteList(trees.left, `${place}.left`, nodes);
	const right = finiteList(trees.right, `${place}.right`, nodes);
	const isNode = (node: number, after: number) =>
		Number.isInteger(node) && node > after && node < nodes;
	const roots = finiteList(trees.roots, `${place}.roots`);
	for (const root of roots)
		if (!isNode(root, -1)) throw new Damage(`${place} has no root ${root}`);
	for (const [node, asked] of feature.entries()) {
		if (asked === -1) continue;
		if (!Number.isInteger(asked) || asked < 0 || asked >= shape.features)
			throw new Damage(
				`${place} asks for feature ${asked} of ${shape.features}`,
			);
		for (const child of [left[node], right[node]])
			if (!isNode(child as number, node))
				throw new Damage(`${place} goes from node ${node} to ${child}`);
	}
	const steps = mostSteps(roots, { feature, left, right });
	if (steps > MOST_STEPS)
		throw new Damage(
			`${place} passes up to ${steps} nodes for one prediction, ${MOST_STEPS} are allowed`,
		);
}

/** Nodes on the longest way through all trees. */
function mostSteps(
	roots: readonly number[],
	{ feature, left, right }: Record<"feature" | "left" | "right", number[]>,
): number {
	const longest = new Uint32Array(feature.length).fill(1);
	const from = (node: number | undefined) => longest[node as number] as number;
	for (let node = feature.length - 1; node >= 0; node--)
		if (feature[node] !== -1)
			longest[node] = 1 + Math.max(from(left[node]), from(right[node]));
	return roots.reduce((sum, root) => sum + from(root), 0);
}

function checkTables(model: Record<string, unknown>): void {
	for (const [key, bias] of rows(model.estimate_bias, "estimate_bias"))
		finite(bias, `estimate_bias.${key}`);
	for (const table of ["residuals", "history", "limits"]) {
		const own = rows(model[table], table);
		if (!own.some(([key]) => key === ALL_TYPES))
			throw new Damage(`${table} has no row ${ALL_TYPES}`);
		const needed = columns[table] as readonly string[];
		for (const [key, value] of own) {
			const row = record(value, `${table}.${key}`);
			for (const column of needed)
				if (!(column === "shift_p99" && row[column] === null))
					finite(row[column], `${table}.${key}.${column}`);
			if (table !== "limits") continue;
			for (const shares of ["deliveries", "capability_sets"])
				allFinite(row[shares], `${table}.${key}.${shares}`);
		}
	}
}

const columns: Record<string, readonly string[]> = {
	residuals: [
		...["tickets", "median", "spread"],
		...["shift_p10", "shift_p90", "shift_p99"],
	],
	history: ["tickets", "avg_ms", "std_ms", "median_ms", "success_rate"],
	limits: [
		...["tickets", "capabilities_low_risk", "capabilities"],
		...["estimate_centre", "estimate_spread"],
	],
};

function record(value: unknown, place: string): Record<string, unknown> {
	if (typeof value !== "object" || value === null || Array.isArray(value))
		throw new Damage(`${place} is missing`);
	return value as Record<string, unknown>;
}

function rows(value: unknown, place: string): [string, unknown][] {
	return Object.entries(record(value, place));
}

function allFinite(value: unknown, place: string): void {
	for (const [key, one] of rows(value, place)) finite(one, `${place}.${key}`);
}

function finite(value: unknown, place: string): asserts value is number {
	if (typeof value !== "number" || !Number.isFinite(value))
		throw new Damage(`${place} is ${shown(value)}, no number`);
}

function count(value: unknown, place: string): void {
	finite(value, place);
	if (!Number.isSafeInteger(value) || value < 0)
		throw new Damage(`${place} is ${value}, no count`);
}

function finiteList(value: unknown, place: string, length?: number): number[] {
	if (!Array.isArray(value)) throw new Damage(`${place} is missing`);
	if (length !== undefined && value.length !== length)
		throw new Damage(
			`${place} has ${value.length} entries instead of ${length}`,
		);
	const bad = value.findIndex((one) => !Number.isFinite(one));
	if (bad >= 0) finite(value[bad], `${place}[${bad}]`);
	return value;
}

function shown(value: unknown): string {
	return String(JSON.stringify(value) ?? value).slice(0, 40);
}
