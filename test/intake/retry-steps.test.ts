import assert from "node:assert/strict";
import { test } from "node:test";
import { nextStep, retrySteps } from "../../src/intake/retry-steps.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const steps = retrySteps(["a", "b", "c", "d"], 15_000);

test("retry steps: 15 s, 1 min, 5 min, 30 min, each on a topic of its own", () => {
	const delays = steps.map(({ topic, delayMs }) => [topic, delayMs / 1_000]);
	assert.deepEqual(delays, [
		["a", 15],
		["b", 60],
		["c", 300],
		["d", 1_800],
	]);
});

/** How often a result is written until it is older than the limit, and how old it is then. */
function waitOut(maxAgeMs: number) {
	let ageMs = 0;
	let writes = 0;
	for (; ageMs <= maxAgeMs; writes += 1)
		ageMs += nextStep(steps, writes, maxAgeMs).delayMs;
	return { ageMs, writes };
}

test("retry steps: a result that never finds its plan is written about 50 times in a day", () => {
	const { writes, ageMs } = waitOut(DAY_MS);
	assert.equal(writes, 51);
	assert.ok(ageMs < DAY_MS + HOUR_MS);
});

test("retry steps: no wait is longer than a quarter of the age limit, but the first", () => {
	for (const maxAgeMs of [HOUR_MS, 600_000, 60_000, 20_000])
		assert.ok(waitOut(maxAgeMs).ageMs <= maxAgeMs * 1.25 + 15_000);
	assert.equal(nextStep(steps, 700, 1).topic, "a");
});

test("retry steps: an earlier build's count goes on at the last step", () => {
	assert.equal(nextStep(steps, 5_000, DAY_MS).topic, "d");
});
