import assert from "node:assert/strict";
import { test } from "node:test";
import {
	completeSpec,
	type RolloutSpecInput,
	type StepInput,
} from "../../../src/domain/rollout/spec.ts";

function specOf(more: Partial<RolloutSpecInput> = {}): RolloutSpecInput {
	return { deployment: "orchestrator", target: { buildId: "b2" }, ...more };
}

test("completeSpec: the shortest canary has every default", () => {
	const { spec, problems } = completeSpec(specOf());
	assert.deepEqual(problems, []);
	assert.deepEqual(spec.stickiness, {
		...{ by: "plan", salt: null, allow: [], deny: [] },
	});
	assert.deepEqual(
		spec.steps.map((step) => [
			step.kind,
			"weight" in step ? step.weight : null,
		]),
		[
			["smoke", null],
			["ramp", 5],
			["ramp", 25],
			["ramp", 50],
			["promote", null],
			["verify", null],
		],
	);
	assert.deepEqual(spec.steps[1], {
		...{ kind: "ramp", weight: 5, soakMs: 600_000, minSample: 30 },
		...{ maxWaitMs: 86_400_000, maxAnalysisMs: 86_400_000 },
	});
});

test("completeSpec: blue-green has no ramps", () => {
	const { spec, problems } = completeSpec(specOf({ strategy: "blueGreen" }));
	assert.deepEqual(problems, []);
	assert.equal(spec.steps.length, 3);
});

const wrong: [what: string, steps: StepInput[], path: string, says: RegExp][] =
	[
		["no promote", [{ ramp: 5 }], "$.body.steps", /must have a promote/],
		["no ramp", [{ promote: {} }], "$.body.steps", /must have a ramp/],
		[
			"nothing",
			[{}, { ramp: 5 }, { promote: {} }],
			"$.body.steps[0]",
			/exactly one/,
		],
		[
			"two kinds",
			[{ ramp: 5, smoke: {} }, { promote: {} }],
			"$.body.steps[0]",
			/exactly one/,
		],
		[
			"a soak of a promotion",
			[{ ramp: 5 }, { promote: {}, soak: "1m" }],
			"$.body.steps[1].soak",
			/for ramps only/,
		],
		[
			"a soak of no unit",
			[{ ramp: 5, soak: "10" }, { promote: {} }],
			"$.body.steps[0].soak",
			/must be a duration/,
		],
		[
			"less than before",
			[{ ramp: 25 }, { ramp: 5 }, { promote: {} }],
			"$.body.steps[1]",
			/more than 25/,
		],
		[
			"a ramp after promote",
			[{ ramp: 5 }, { promote: {} }, { ramp: 9 }],
			"$.body.steps[2]",
			/after promote/,
		],
		[
			"verify before promote",
			[{ ramp: 5 }, { verify: {} }, { promote: {} }],
			"$.body.steps[1]",
			/must be the last step/,
		],
		[
			"a late smoke",
			[{ ramp: 5 }, { smoke: {} }, { promote: {} }],
			"$.body.steps[1]",
			/first step/,
		],
	];
for (const [what, steps, path, says] of wrong)
	test(`completeSpec: ${what} is refused by the name of its field`, () => {
		const { problems } = completeSpec(specOf({ steps }));
		const found = problems.find((one) => one.path === path);
		assert.match(found?.message ?? `no problem at ${path}`, says);
	});

test("completeSpec: Temporal's separators may not stand in the deployment's name", () => {
	const { problems } = completeSpec(specOf({ deployment: "a.b" }));
	assert.equal(problems[0]?.path, "$.body.deployment");
});
