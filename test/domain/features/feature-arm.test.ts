import assert from "node:assert/strict";
import { test } from "node:test";
import {
	armByShare,
	type FeatureName,
} from "../../../src/domain/features/feature-arm.ts";

const keys = Array.from({ length: 10_000 }, (_, at) => `plan-${at}`);
const cohort = (feature: FeatureName, share: number) =>
	keys.filter((key) => armByShare(feature, key, share) === "canary");

test("armByShare: the documented hash, so that every process and release answers the same", () => {
	const inside = keys
		.slice(0, 40)
		.filter((key) => armByShare("embedded_policy", key, 0.2) === "canary");
	// As Python's hashlib says.
	assert.deepEqual(inside, [
		...["plan-4", "plan-10", "plan-12", "plan-17"],
		...["plan-23", "plan-26", "plan-27", "plan-30"],
	]);
});

test("armByShare: the share within three sigma, none at 0, all at 1", () => {
	const sigma = Math.sqrt(10_000 * 0.2 * 0.8);
	const found = cohort("binding_routing", 0.2).length;
	assert.ok(Math.abs(found - 2_000) < 3 * sigma, `${found}`);
	assert.equal(cohort("binding_routing", 0).length, 0);
	assert.equal(cohort("binding_routing", 1).length, keys.length);
});

test("armByShare: a larger share keeps who is in", () => {
	const larger = new Set(cohort("embedded_policy", 0.2));
	const smaller = cohort("embedded_policy", 0.1);
	assert.ok(smaller.length > 0);
	assert.deepEqual(
		smaller.filter((key) => !larger.has(key)),
		[],
	);
});

test("armByShare: two features have different guinea pigs", () => {
	const other = new Set(cohort("embedded_policy", 0.2));
	const both = cohort("binding_routing", 0.2).filter((key) => other.has(key));
	// A fifth of a fifth, were they drawn independently.
	assert.ok(Math.abs(both.length - 400) < 3 * Math.sqrt(400), `${both.length}`);
});
