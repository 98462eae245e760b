import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bareDecisionId } from "../../src/domain/bare-plan.ts";
import { needsApproval, readDecision } from "../../src/domain/read-decision.ts";
import { decision, expected, plan } from "./decision-samples.ts";

function read(value: unknown) {
	const reading = readDecision(value);
	assert.ok(reading.ok, JSON.stringify(reading));
	return reading;
}

function problemsOf(value: unknown): [path: string, code: string][] {
	const reading = readDecision(value);
	assert.ok(!reading.ok, "it was read");
	for (const { path, message } of reading.problems) {
		assert.ok(message.includes(path), `${message} does not name ${path}`);
	}
	return reading.problems.map(({ path, code }) => [path, code]);
}

test("readDecision: a whole decision, with the plan as JSON text", () => {
	assert.deepEqual(read(decision), {
		ok: true,
		decision: expected,
		plan,
		warnings: [],
	});
});

const minimal = { decision_id: "d", plan_id: "p", final_decision: "approve" };
const lenient: { name: string; given: object; wanted: object }[] = [
	{
		name: "only the required fields",
		given: {},
		wanted: {
			intent_id: "unknown",
			correlation_id: null,
			metadata: {},
			requires_human_review: false,
		},
	},
	{
		name: "timestamps as ISO text",
		given: {
			created_at: "2027-01-02T03:04:05.678Z",
			valid_until: "2027-01-03T00:00:00+01:00",
		},
		wanted: { created_at: 1_798_859_045_678, valid_until: 1_798_930_800_000 },
	},
	{
		name: "timestamps as numeric text",
		given: { created_at: "1700000000000", valid_until: "1800000000000.9" },
		wanted: { created_at: 1_700_000_000_000, valid_until: 1_800_000_000_000 },
	},
	{
		name: "the outcome in capitals",
		given: { final_decision: "CONDITIONAL " },
		wanted: { final_decision: "conditional" },
	},
	{
		name: "metadata values become text",
		given: { metadata: { n: 1, b: true, o: { z: 1, a: 2 }, x: null, s: "s" } },
		wanted: { metadata: { n: "1", b: "true", o: '{"a":2,"z":1}', s: "s" } },
	},
	{
		name: "the intent of the plan when the decision names none",
		given: { cognitive_plan: plan },
		wanted: { intent_id: "i-plan" },
	},
	{
		name: "flags as text",
		given: { requires_human_review: "True" },
		wanted: { requires_human_review: true },
	},
	{
		name: "ids as numbers",
		given: { decision_id: 7, correlation_id: 8 },
		wanted: { decision_id: "7", correlation_id: "8" },
	},
	{
		name: "an empty correlation id is none",
		given: { correlation_id: "" },
		wanted: { correlation_id: null },
	},
];

for (const { name, given, wanted } of lenient) {
	test(`readDecision: takes ${name}`, () => {
		const { decision: taken, warnings } = read({ ...minimal, ...given });
		assert.partialDeepStrictEqual(taken, wanted);
		assert.deepEqual(warnings, []);
	});
}

const plans: { name: string; cognitive_plan: unknown; wanted: unknown }[] = [
	{ name: "an object", cognitive_plan: plan, wanted: plan },
	{
		name: "text that is no JSON stays text",
		cognitive_plan: "{oops",
		wanted: "{oops",
	},
	{ name: "null", cognitive_plan: null, wanted: null },
	{ name: "absent", cognitive_plan: undefined, wanted: null },
	{
		name: "of another id is passed on for C1 to say",
		cognitive_plan: '{"plan_id":"other"}',
		wanted: { plan_id: "other" },
	},
];

for (const { name, cognitive_plan, wanted } of plans) {
	test(`readDecision: embedded plan: ${name}`, () =>
		assert.deepEqual(read({ ...minimal, cognitive_plan }).plan, wanted));
}

test("readDecision: a bare plan is its own decision", () => {
	const bare = {
		...plan,
		metadata: { orchestrator_version: "V2" },
		valid_until: "never",
	};
	const reading = read(bare);
	assert.equal(reading.plan, bare);
	assert.partialDeepStrictEqual(reading.decision, {
		decision_id: bareDecisionId("p-1"),
		plan_id: "p-1",
		intent_id: "i-plan",
		kind: "bare-plan",
		final_decision: "approve",
		valid_until: null,
		metadata: { orchestrator_version: "V2" },
	});
	assert.equal(
		read({ ...plan, decision_id: null }).decision.kind,
		"bare-plan",
		"a null decision id is none",
	);
	assert.deepEqual(problemsOf({ tasks: [] }), [["$.plan_id", "FIELD_MISSING"]]);
});

test("readDecision: what is read with leniency is told", () => {
	const { decision: taken, warnings } = read({
		...minimal,
		requires_human_review: "maybe",
		metadata: [1],
		created_at: "yesterday",
		trace_id: {},
	});
	assert.equal(taken.requires_human_review, true);
	assert.deepEqual(warnings.map(({ path }) => path).sort(), [
		"$.created_at",
		"$.metadata",
		"$.requires_human_review",
		"$.trace_id",
	]);
});

test("readDecision: every problem in one answer", () => {
	assert.deepEqual(
		problemsOf({
			decision_id: "x".repeat(201),
			plan_id: "a\nb",
			final_decision: "approved",
			valid_until: "next week",
			intent_id: "y".repeat(300),
		}),
		[
			["$.decision_id", "ID_TOO_LONG"],
			["$.plan_id", "ID_INVALID"],
			["$.intent_id", "ID_TOO_LONG"],
			["$.final_decision", "DECISION_UNKNOWN"],
			["$.valid_until", "FIELD_INVALID"],
		],
	);
	assert.deepEqual(problemsOf({}), [
		["$.decision_id", "FIELD_MISSING"],
		["$.plan_id", "FIELD_MISSING"],
		["$.final_decision", "FIELD_MISSING"],
	]);
	for (const plan_id of ["\ud800", ".", ".."])
		assert.deepEqual(problemsOf({ ...minimal, plan_id }), [
			["$.plan_id", "ID_INVALID"],
		]);
	assert.deepEqual(problemsOf({ ...minimal, valid_until: "2026-02-31" }), [
		["$.valid_until", "FIELD_INVALID"],
	]);
});

for (const value of [null, undefined, 7, "text", [], [decision]]) {
	test(`readDecision: ${JSON.stringify(value)?.slice(0, 20)} is no decision`, () =>
		assert.deepEqual(problemsOf(value), [["$", "FIELD_INVALID"]]));
}

test("readDecision: no value makes it throw", () => {
	const anything = fc.oneof(
		fc.jsonValue(),
		fc.record(
			Object.fromEntries(
				Object.keys(decision).map((key) => [
					key,
					fc.oneof(
						fc.jsonValue(),
						fc.constant(decision[key as keyof typeof decision]),
					),
				]),
			),
			{ requiredKeys: [] },
		),
	);
	fc.assert(
		fc.property(anything, (value) => {
			const reading = readDecision(value);
			if (reading.ok)
				assert.ok(
					typeof needsApproval(reading.decision, reading.plan) === "boolean",
				);
			else assert.ok(reading.problems.length > 0);
		}),
		{ numRuns: 500 },
	);
});
