import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeFeature } from "../../../src/domain/features/judge-feature.ts";

const rules = { errorRateThreshold: 0.15, minCalls: 50 };
const of = (failures: number, calls: number) => ({
	...{ calls, failures, durationMs: 0 },
});
const isOff = (
	canary: [number, number],
	stable: [number, number],
	more: Partial<typeof rules> = {},
) =>
	judgeFeature(
		{ canary: of(...canary), stable: of(...stable) },
		{ ...rules, ...more },
	) !== null;

const cases: [string, [number, number], [number, number], boolean][] = [
	["one failed call of one", [1, 1], [0, 100], false],
	["all failed, but too few", [49, 49], [0, 100], false],
	["all of the smallest number failed", [50, 50], [0, 100], true],
	["just below the threshold", [14, 100], [0, 900], false],
	["at the threshold, the others are well", [15, 100], [0, 900], true],
	["both are down", [100, 100], [900, 900], false],
	["both do equally badly", [30, 100], [270, 900], false],
	["a bit worse than bad ones", [34, 100], [270, 900], false],
	["much worse than bad ones", [60, 100], [270, 900], true],
	["better than bad ones", [20, 100], [500, 900], false],
	["there are no others", [50, 100], [0, 0], true],
	["one other, which is well", [50, 50], [0, 1], true],
];
for (const [what, canary, stable, off] of cases)
	test(`judgeFeature: ${what}: ${off ? "off" : "stays"}`, () =>
		assert.equal(isOff(canary, stable), off));

test("judgeFeature: the reason has both rates with their numbers", () => {
	assert.equal(
		judgeFeature({ canary: of(20, 100), stable: of(9, 900) }, rules),
		"20 of 100 calls failed (20.0 %), the limit is 15.0 %; of the others 9 of 900 (1.0 %)",
	);
});

test("judgeFeature: equal arms at a bad time stay, in 2,000 hours of 400 calls", () => {
	let seed = 7;
	const random = () => {
		seed = (seed * 48_271) % 2_147_483_647;
		return seed / 2_147_483_647;
	};
	const failuresOf = (calls: number) =>
		Array.from({ length: calls }, random).filter((one) => one < 0.2).length;
	let off = 0;
	for (let hour = 0; hour < 2_000; hour += 1)
		if (isOff([failuresOf(80), 80], [failuresOf(320), 320])) off += 1;
	assert.ok(off <= 10, `${off}`);
});
