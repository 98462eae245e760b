import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseVersion, startSplit } from "../../src/domain/choose-version.ts";
import type { VersionSplit } from "../../src/domain/rollout/routing.ts";

interface Asked {
	planId?: string;
	requested?: string | undefined;
	v2Enabled?: boolean;
	v2Percentage?: number;
}

/** By the settings. */
const choose = ({
	planId = "plan-1",
	requested,
	v2Enabled = true,
	v2Percentage = 0,
}: Asked) =>
	chooseVersion({
		keys: { plan: planId, tenant: "acme", domain: "INFRA" },
		requested,
		split: startSplit({ v2Enabled, v2Percentage }),
	});
const planIds = Array.from({ length: 10_000 }, (_, index) => `plan-${index}`);

const cases = [
	{ name: "V2 by name", requested: "V2", v2Percentage: 0, expected: "V2" },
	{ name: "V1 by name", requested: "V1", v2Percentage: 100, expected: "V1" },
	{ name: "lower case", requested: " v2 ", v2Percentage: 0, expected: "V2" },
	{
		name: "empty name",
		requested: "",
		v2Percentage: 100,
		expected: "V2",
		weight: 100,
	},
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
		weight: 0,
	},
] as const;

for (const { name, expected, ...given } of cases) {
	test(`chooseVersion: ${name}`, () =>
		assert.deepEqual(choose(given), {
			version: expected,
			weight: "weight" in given ? given.weight : null,
			warning: undefined,
		}));
}

test("chooseVersion: an unknown name falls to the percentage and is told", () => {
	const choice = choose({ requested: "V3", v2Percentage: 100 });
	assert.equal(choice.version, "V2");
	assert.equal(choice.weight, 100);
	assert.equal(choice.warning?.code, "VERSION_UNKNOWN");
	assert.equal(choice.warning?.path, "$.metadata.orchestrator_version");
	assert.match(choice.warning?.message ?? "", /"V3".*V1 and V2/);
});

test("chooseVersion: the settings keep the cohort that they always had", () => {
	const inAtTen = planIds
		.slice(0, 60)
		.filter((planId) => choose({ planId, v2Percentage: 10 }).version === "V2");
	assert.deepEqual(inAtTen, ["plan-9", "plan-42", "plan-48"]);
});

test("chooseVersion: of 10,000 keys 0 % takes none and 100 % all, growth keeps who is in, and every share is met", () => {
	let before: ReadonlySet<string> = new Set();
	for (const v2Percentage of [0, 0.5, 1, 5, 10, 25, 50, 75, 99.5, 100]) {
		const taken = new Set(
			planIds.filter(
				(planId) => choose({ planId, v2Percentage }).version === "V2",
			),
		);
		assert.ok([...before].every((planId) => taken.has(planId)));
		const share = v2Percentage / 100;
		// Five standard deviations: the keys are fixed, so it either holds for ever or never.
		const reach = 5 * Math.sqrt(planIds.length * share * (1 - share));
		const distance = Math.abs(taken.size - planIds.length * share);
		assert.ok(distance <= reach, `${taken.size} at ${v2Percentage} %`);
		before = taken;
	}
	assert.equal(before.size, planIds.length);
});

test("chooseVersion: another salt draws another cohort", () => {
	const share = (salt: string) =>
		planIds.filter(
			(plan) =>
				chooseVersion({
					keys: { plan, tenant: "acme", domain: "INFRA" },
					requested: undefined,
					split: { ...startSplit({ v2Enabled: true, v2Percentage: 20 }), salt },
				}).version === "V2",
		);
	const [one, other] = [new Set(share("a")), share("b")];
	const both = other.filter((planId) => one.has(planId)).length;
	assert.ok(both > 300 && both < 500, `${both} in both, 400 by chance`);
});

const split: VersionSplit = {
	...{ enabled: true, percentage: 50, sticky_by: "tenant", salt: "s" },
	...{ allow: ["always", "both"], deny: ["never", "both"] },
};
const ofTenant = (tenant: string, plan = "p") =>
	chooseVersion({
		keys: { plan, tenant, domain: "INFRA" },
		requested: undefined,
		split,
	});

test("chooseVersion: all plans of a tenant go the same way, and tenants differ", () => {
	const versions = Array.from({ length: 40 }, (_, tenant) => {
		const own = planIds
			.slice(0, 20)
			.map((plan) => ofTenant(`tenant-${tenant}`, plan).version);
		assert.equal(new Set(own).size, 1);
		return own[0];
	});
	assert.equal(new Set(versions).size, 2);
});

test("chooseVersion: listed keys are not compared, and a denied one is denied though it is allowed", () => {
	const listed = (tenant: string) => {
		const { version, weight } = ofTenant(tenant);
		return [version, weight];
	};
	assert.deepEqual(listed("always"), ["V2", null]);
	assert.deepEqual(listed("never"), ["V1", null]);
	assert.deepEqual(listed("both"), ["V1", null]);
	assert.equal(ofTenant("any").weight, 50);
});
