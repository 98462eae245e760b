import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	emptyCorrection,
	learn,
} from "../../../src/domain/prediction/correction.ts";
import { predictTicket } from "../../../src/domain/prediction/predict.ts";
import {
	readCorrection,
	readModel,
} from "../../../src/domain/prediction/read-model.ts";
import { calmModel, plainFacts, unseenTickets } from "./made-models.ts";

type Loose = Record<string, unknown>;

/** The model with what lies at a path replaced; undefined: taken away. */
function damaged(path: string, value: unknown): unknown {
	const copy: unknown = structuredClone(calmModel);
	const keys = path.split(".");
	const last = keys.pop() as string;
	let place = copy as Loose;
	for (const key of keys) place = place[key] as Loose;
	if (value === undefined) delete place[last];
	else place[last] = value;
	return copy;
}

test("readModel: a whole model is read", () => {
	assert.deepEqual(readModel(calmModel), { model: calmModel });
});

for (const [path, value, problem] of [
	["format", 2, "format 2 is not known, 1 is"],
	[
		"feature_schema",
		"theirs-9",
		'feature set "theirs-9" is not known, documented-15 and ours-1 are',
	],
	["name", undefined, "name is missing"],
	["version", 1.5, "version is 1.5, no count"],
	["regression", undefined, "regression is missing"],
	[
		"regression.all.weights.0",
		Number.NaN,
		"regression.all.weights[0] is null, no number",
	],
	[
		"regression.all.means",
		[1],
		"regression.all.means has 1 entries instead of 16",
	],
	["boosting.p50.roots.0", 1e9, "boosting.p50 has no root 1000000000"],
	["boosting.p50.feature.0", 19, "boosting.p50 asks for feature 19 of 19"],
	["boosting.p50.left.0", 0, "boosting.p50 goes from node 0 to 0"],
	[
		"boosting.p50.roots",
		new Array(10_001).fill(0),
		/^boosting\.p50 passes up to \d+ nodes for one prediction, 10000 are allowed$/,
	],
	["boosting.p90.value", undefined, "boosting.p90.value is missing"],
	["residuals.*", undefined, "residuals has no row *"],
	["residuals.BUILD.spread", null, "residuals.BUILD.spread is null, no number"],
	["history.*.avg_ms", "70", 'history.*.avg_ms is "70", no number'],
	["limits.*.deliveries", undefined, "limits.*.deliveries is missing"],
	["forest.limit", Number.POSITIVE_INFINITY, "forest.limit is null, no number"],
	["estimate_bias.search", {}, "estimate_bias.search is {}, no number"],
] as const)
	test(`readModel: ${path} as ${String(JSON.stringify(value)).slice(0, 40)} is refused by name`, () => {
		const read = readModel(damaged(path, value));
		if (typeof problem === "string") assert.deepEqual(read, { problem });
		else assert.match("problem" in read ? read.problem : "", problem);
	});

test("readModel: what is no model is refused", () => {
	for (const value of [null, undefined, 1, "model", [], {}])
		assert.ok("problem" in readModel(value));
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			assert.ok("problem" in readModel(value));
		}),
	);
});

test("readModel: whatever single value is damaged, it is refused or predicts without error", () => {
	const paths: string[] = [];
	const walk = (value: unknown, path: string) => {
		if (typeof value !== "object" || value === null) return;
		// Of long lists the ends.
		const entries = Object.entries(value);
		for (const [key, one] of [...entries.slice(0, 3), ...entries.slice(-2)]) {
			const own = path === "" ? key : `${path}.${key}`;
			if (!key.includes(".")) paths.push(own);
			if (!key.includes(".")) walk(one, own);
		}
	};
	walk(calmModel, "");
	fc.assert(
		fc.property(
			fc.constantFrom(...paths),
			fc.oneof(
				fc.jsonValue(),
				fc.constantFrom(Number.NaN, undefined, -1, 1e300),
			),
			(path, value) => {
				const read = readModel(damaged(path, value));
				if ("problem" in read) return;
				const { duration_ms } = predictTicket(plainFacts, read.model, null);
				assert.ok(Number.isSafeInteger(duration_ms));
			},
		),
		{ numRuns: 150 },
	);
});

test("readCorrection: what was learned is read, damage makes it begin anew", () => {
	const learned = learn(emptyCorrection(calmModel), unseenTickets, calmModel);
	assert.deepEqual(readCorrection(structuredClone(learned)), learned);
	assert.equal(readCorrection(undefined), null);
	const damages: Loose[] = [
		{ model: 7 },
		{ version: Number.NaN },
		{ bias: undefined },
		{ bias: { BUILD: { shift: Number.NaN, tickets: 1 } } },
		{ interval: { BUILD: { p10: 0, p90: null } } },
		{ alarms: { BUILD: { qos_inconsistency: { tickets: 1 } } } },
	];
	for (const damage of damages)
		assert.equal(readCorrection({ ...learned, ...damage }), null);
});
