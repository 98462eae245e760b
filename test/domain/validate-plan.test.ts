import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonBytes } from "../../src/domain/json-bytes.ts";
import {
	MAX_CARRIED_TASKS,
	type Validation,
	validatePlan,
} from "../../src/domain/validate-plan.ts";
import {
	chainOf,
	passedPlan,
	planJson,
	type TaskSketch,
} from "../support/plans.ts";

const noonMs = Date.UTC(2026, 0, 2, 12);

function validate(
	tasks: readonly TaskSketch[],
	changes: Record<string, unknown> = {},
	maxTasks = 100_000,
): Validation {
	const plan = planJson(tasks, changes);
	return validatePlan({ plan, planId: "p-1", nowMs: noonMs, maxTasks });
}

function problemsOf(validation: Validation): string[] {
	assert.ok(!validation.valid);
	return validation.problems.map(({ path, code }) => `${code} ${path}`);
}

function orderOf(tasks: readonly TaskSketch[], order: string[]): string[] {
	const { plan, order: positions } = passedPlan(
		planJson(tasks, { execution_order: order }),
	);
	return positions.map((position) => plan.tasks[position]?.task_id ?? "");
}

test("validatePlan: a sound plan has a graph by position and no warning", () => {
	const validation = validate([["a"], ["b", ["a"]], ["c", ["a", "b", "a"]]]);
	assert.ok(validation.valid);
	assert.deepEqual(validation.warnings, []);
	assert.deepEqual(validation.validated.dag.dependencies, [[], [0], [0, 1]]);
	assert.deepEqual(validation.validated.order, [0, 1, 2]);
});

test("validatePlan: names every problem at once, each with its path", () => {
	const validation = validate(
		[["fetch"], ["fetch", ["nowhere"]], ["store", ["", "gone"]], ["", []]],
		{
			plan_id: "p-2",
			risk_score: 7,
			valid_until: noonMs - 1,
			execution_order: ["fetch", {}, "stroe", "fetch"],
			schema_version: 3,
		},
	);
	assert.deepEqual(problemsOf(validation).sort(), [
		"DEPENDENCY_UNKNOWN $.tasks[1].dependencies[0]",
		"DEPENDENCY_UNKNOWN $.tasks[2].dependencies[1]",
		"FIELD_INVALID $.execution_order[1]",
		"FIELD_INVALID $.risk_score",
		"FIELD_INVALID $.tasks[2].dependencies[0]",
		"FIELD_MISSING $.tasks[3].task_id",
		"PLAN_EXPIRED $.valid_until",
		"PLAN_ID_MISMATCH $.plan_id",
		"SCHEMA_VERSION_UNSUPPORTED $.schema_version",
		"TASK_DOUBLED $.execution_order[3]",
		"TASK_ID_DOUBLED $.tasks[1].task_id",
		"TASK_NOT_ORDERED $.execution_order",
		"TASK_UNKNOWN $.execution_order[2]",
	]);
});

test("validatePlan: every problem is a sentence that begins with its path", () => {
	const validation = validate([["a", ["x"]], ["a"]], { valid_until: 1 });
	assert.ok(!validation.valid);
	for (const { path, message } of validation.problems) {
		assert.ok(message.startsWith(path), message);
		assert.ok(message.length > path.length + 10, message);
	}
	assert.match(
		validation.problems.map(({ message }) => message).join(),
		/valid_until was 1970-01-01T00:00:00.001Z/,
	);
});

const expiries: [name: string, validUntil: unknown, valid: boolean][] = [
	["this very moment is still valid", noonMs, true],
	["a millisecond ago is not", noonMs - 1, false],
	["ISO text is read", "2026-01-02T11:59:59.999Z", false],
	["ISO text in a zone is read", "2026-01-02T14:00:00+02:00", true],
	["numeric text is read", String(noonMs - 1), false],
	["what is no date is refused", "whenever", false],
	["no expiry is none", null, true],
];

for (const [name, valid_until, valid] of expiries)
	test(`validatePlan: valid_until: ${name}`, () =>
		assert.equal(validate([["a"]], { valid_until }).valid, valid));

const cycles: [name: string, tasks: TaskSketch[], messages: string[]][] = [
	["a task that needs itself", [["a", ["a"]]], ["a -> a"]],
	[
		"three tasks",
		[
			["a", ["b"]],
			["b", ["c"]],
			["c", ["a"]],
		],
		["a -> b -> c -> a"],
	],
	[
		"what only leads there is left out",
		[["start"], ["x", ["a", "start"]], ["a", ["b"]], ["b", ["a"]]],
		["a -> b -> a"],
	],
	[
		"two cycles, both told",
		[
			["a", ["c", "b"]],
			["b", ["a"]],
			["c", ["d"]],
			["d", ["c"]],
		],
		["a -> b -> a", "c -> d -> c"],
	],
];

for (const [name, tasks, expected] of cycles)
	test(`validatePlan: cycle: ${name}`, () => {
		const validation = validate(tasks);
		assert.ok(!validation.valid);
		const told = validation.problems.map(({ message }) =>
			message.replace("$.tasks depend on each other in a cycle: ", ""),
		);
		assert.deepEqual(told.sort(), expected);
		assert.ok(
			validation.problems.every(({ path }) =>
				/^\$\.tasks\[\d\]\.dependencies$/.test(path),
			),
		);
	});

test("validatePlan: a long cycle is cut in the middle", () => {
	const [first, ...rest] = chainOf(300);
	const last = rest.at(-1)?.[0] ?? "";
	const validation = validate([[first?.[0] ?? "", [last]], ...rest]);
	assert.ok(!validation.valid);
	assert.match(
		validation.problems[0]?.message ?? "",
		/t0 -> t299 -> .*\(251 more\).* -> t1 -> t0$/,
	);
});

test("validatePlan: size limits: at least one task, at most so many", () => {
	assert.deepEqual(problemsOf(validate([])), ["PLAN_EMPTY $.tasks"]);
	assert.ok(validate(chainOf(3), {}, 3).valid);
	assert.deepEqual(problemsOf(validate(chainOf(4), {}, 3)), [
		"PLAN_TOO_LARGE $.tasks",
	]);
});

test("validatePlan: who exceeds what Temporal carries is told so", () => {
	const tasks = Array.from(
		{ length: MAX_CARRIED_TASKS + 1 },
		(_, at): TaskSketch => [`t${at}`],
	);
	const validation = validate(tasks, {}, MAX_CARRIED_TASKS);
	assert.ok(!validation.valid);
	assert.match(validation.problems[0]?.message ?? "", /Temporal carries/);
});

test("validatePlan: problems are told as far as they fit, the rest is counted", () => {
	// Each circle is a problem with fifty long names.
	const tasks = Array.from({ length: 60 }, (_, circle) =>
		Array.from(
			{ length: 50 },
			(_, at): TaskSketch => [
				`${"漢".repeat(150)}${circle}-${at}`,
				[`${"漢".repeat(150)}${circle}-${(at + 1) % 50}`],
			],
		),
	).flat();
	const validation = validate(tasks, {}, 10_000);
	assert.ok(!validation.valid);
	const { problems } = validation;
	assert.ok(jsonBytes(problems) < 300_000);
	assert.equal(problems.at(-1)?.code, "TOO_MANY_PROBLEMS");
	assert.match(problems.at(-1)?.message ?? "", /^and \d+ more problems/);
});

test("validatePlan: text that is no JSON, null, a list: one clear problem or more, no throw", () => {
	for (const plan of ["{", null, [], 7, undefined]) {
		const validation = validatePlan({
			plan,
			planId: "p-1",
			nowMs: 0,
			maxTasks: 1,
		});
		assert.ok(!validation.valid && validation.problems.length > 0);
	}
});

test("validatePlan: the given order stands where the dependencies allow it", () => {
	const tasks: TaskSketch[] = [["a"], ["b"], ["c", ["a"]], ["d", ["b"]]];
	assert.deepEqual(orderOf(tasks, ["a", "c", "b", "d"]), ["a", "c", "b", "d"]);
	assert.deepEqual(orderOf(tasks, ["b", "a", "d", "c"]), ["b", "a", "d", "c"]);
	assert.deepEqual(orderOf(tasks, ["c", "d", "b", "a"]), ["a", "c", "b", "d"]);
});

test("validatePlan: an order against the dependencies is a warning", () => {
	const validation = validate([["a"], ["b", ["a"]]], {
		execution_order: ["b", "a"],
	});
	assert.ok(validation.valid);
	assert.deepEqual(validation.validated.order, [0, 1]);
	assert.deepEqual(
		validation.warnings.map(({ path, code }) => `${code} ${path}`),
		["ORDER_CONTRADICTS_DEPENDENCIES $.execution_order[0]"],
	);
});

test("validatePlan: ids that are words of the language are ids like others", () => {
	const ids = ["__proto__", "constructor", "toString", "hasOwnProperty"];
	const validation = validate(
		ids.map((id) => [id, ids.slice(0, ids.indexOf(id))]),
	);
	assert.ok(validation.valid);
	assert.deepEqual(validation.validated.order, [0, 1, 2, 3]);
	assert.deepEqual(problemsOf(validate([["a", ["constructor"]]])), [
		"DEPENDENCY_UNKNOWN $.tasks[0].dependencies[0]",
	]);
});

test("validatePlan: an answer stays small, whatever the plan says", () => {
	const long = "x".repeat(500_000);
	const validation = validate([[long], [long, [`${long}y`]]], {
		plan_id: long,
		risk_band: long,
		valid_until: long,
	});
	assert.ok(JSON.stringify(validation).length < 10_000);
	const many = validate(
		Array.from({ length: 5_000 }, () => ["a", ["gone"]] as const),
	);
	assert.ok(!many.valid && many.problems.length === 1_001);
});

test("validatePlan: a chain of 100,000 tasks, forwards and backwards", () => {
	const tasks = chainOf(100_000);
	const forwards = validate(tasks);
	assert.ok(forwards.valid && forwards.validated.order.length === 100_000);
	const order = tasks.map(([id]) => id).reverse();
	const backwards = validate(tasks, { execution_order: order });
	assert.ok(backwards.valid);
	assert.deepEqual(backwards.validated.order, forwards.validated.order);
});

const anyTask = fc.record({
	task_id: fc.constantFrom("a", "b", "c", "__proto__", ""),
	dependencies: fc.array(fc.constantFrom("a", "b", "c", "x", ""), {
		maxLength: 3,
	}),
});

test("validatePlan: a plan is valid or has problems, and never throws", () => {
	const anyPlan = fc.oneof(
		fc.jsonValue(),
		fc.record(
			{
				plan_id: fc.constantFrom("p-1", "p-2"),
				risk_band: fc.constantFrom("low", "high", "no"),
				risk_score: fc.double(),
				valid_until: fc.oneof(fc.double(), fc.jsonValue()),
				tasks: fc.array(fc.oneof(anyTask, fc.jsonValue()), { maxLength: 5 }),
				execution_order: fc.array(fc.constantFrom("a", "b", "c"), {
					maxLength: 5,
				}),
			},
			{ requiredKeys: [] },
		),
	);
	fc.assert(
		fc.property(anyPlan, (plan) => {
			const validation = validatePlan({
				plan,
				planId: "p-1",
				nowMs: noonMs,
				maxTasks: 4,
			});
			if (validation.valid) {
				const { order, plan: read } = validation.validated;
				assert.equal(new Set(order).size, read.tasks.length);
			} else assert.ok(validation.problems.length > 0);
		}),
		{ numRuns: 1_000 },
	);
});
