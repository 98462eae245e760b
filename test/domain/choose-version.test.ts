import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseVersion } from "../../src/domain/choose-version.ts";

const question = {
	planId: "plan-1",
	requested: undefined,
	v2Enabled: true,
	v2Percentage: 0,
};
const planIds = Array.from({ length: 2_000 }, (_, index) => `plan-${index}`);

const cases = [
	{ name: "V2 by name", requested: "V2", v2Percentage: 0, expected: "V2" },
	{ name: "V1 by name", requested: "V1", v2Percentage: 100, expected: "V1" },
	{ name: "lower case", requested: " v2 ", v2Percentage: 0, expected: "V2" },
	{ name: "empty name", requested: "", v2Percentage: 100, expected: "V2" },
	{
		name: "a name counts even with V2 off",
		requested: "v2",
		v2Enabled: false,
		v2Percentage: 0,
		expected: "V2",
	},
	{
		name: "V2 off",
		requested: undefined,
		v2Enabled: false,
		v2Percentage: 100,
		expected: "V1",
	},
] as const;

for (const { name, expected, ...given } of cases) {
	test(`chooseVersion: ${name}`, () =>
		assert.deepEqual(chooseVersion({ ...question, ...given }), {
			version: expected,
			warning: undefined,
		}));
}

test("chooseVersion: an unknown name falls to the percentage and is told", () => {
	const choice = chooseVersion({
		...question,
		requested: "V3",
		v2Percentage: 100,
	});
	assert.equal(choice.version, "V2");
	assert.equal(choice.warning?.code, "VERSION_UNKNOWN");
	assert.equal(choice.warning?.path, "$.metadata.orchestrator_version");
	assert.match(choice.warning?.message ?? "", /"V3".*V1 and V2/);
});

test("chooseVersion: 0 and 100 % are exact, others are near, and growth keeps who is in", () => {
	const share = (v2Percentage: number) =>
		planIds.filter(
			(planId) =>
				chooseVersion({ ...question, planId, v2Percentage }).version === "V2",
		);
	assert.equal(share(0).length, 0);
	assert.equal(share(100).length, planIds.length);
	const quarter = share(25);
	assert.ok(
		quarter.length > 420 && quarter.length < 580,
		`${quarter.length} of 2000`,
	);
	const half = new Set(share(50));
	assert.ok(quarter.every((planId) => half.has(planId)));
});
