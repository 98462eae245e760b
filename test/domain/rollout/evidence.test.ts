import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	countOf,
	evidenceLimits,
	expectedOfCandidate,
	growthOfEvidence,
	weighEvidence,
} from "../../../src/domain/rollout/evidence.ts";
import { emptyTally, foldOutcomes } from "../../../src/domain/rollout/tally.ts";
import { createRandom } from "../../../src/domain/seeded-random.ts";

// The mean over r of (r / (wr + 1 - w))^candidate * (1 / (wr + 1 - w))^base, worked out by hand.
for (const [weight, candidate, base, expected] of [
	[5, 0, 0, 1],
	[5, 3, 0, 251.5995],
	[10, 3, 0, 90.6526],
	[10, 4, 0, 541.0614],
	[25, 5, 0, 154.8763],
	[25, 6, 0, 491.6573],
	[50, 9, 0, 117.2214],
	[50, 10, 0, 211.74],
	[25, 9, 3, 297.9],
] as const)
	test(`weighEvidence: ${candidate} bad plans of the candidate and ${base} of the base at ${weight} % are ${expected}:1`, () => {
		const value = weighEvidence([{ weight, candidate, base }]);
		assert.ok(Math.abs(value / expected - 1) < 0.002, String(value));
	});

const weights = fc.constantFrom(0, 1, 5, 10, 25, 50, 95, 100);
const outcomes = fc.array(
	fc.record({
		arm: fc.constantFrom("base" as const, "candidate" as const),
		weight: weights,
		failed: fc.boolean(),
		late: fc.boolean(),
		logRatio: fc.option(fc.double({ min: -5, max: 5, noNaN: true })),
	}),
	{ maxLength: 60 },
);

test("foldOutcomes: whatever the order and the portions, the tally is the same", () => {
	fc.assert(
		fc.property(outcomes, fc.nat(60), fc.nat(), (plans, cut, seed) => {
			const random = createRandom(seed);
			const mixed = plans
				.map((plan) => ({ plan, at: random() }))
				.sort((a, b) => a.at - b.at)
				.map(({ plan }) => plan);
			const whole = foldOutcomes(emptyTally(), plans);
			const first = foldOutcomes(emptyTally(), mixed.slice(0, cut));
			assert.deepEqual(foldOutcomes(first, mixed.slice(cut)), whole);
			assert.deepEqual(JSON.parse(JSON.stringify(whole)), whole);
		}),
	);
});

test("foldOutcomes: the tally it is given stays as it is, and does not grow with plans", () => {
	const plan = { arm: "base", weight: 5, failed: true, late: true } as const;
	const one = foldOutcomes(emptyTally(), [{ ...plan, logRatio: 0.1 }]);
	const text = JSON.stringify(one);
	let many = one;
	for (let count = 0; count < 999; count += 1)
		many = foldOutcomes(many, [{ ...plan, logRatio: count / 500 - 1 }]);
	assert.equal(JSON.stringify(one), text);
	assert.ok(JSON.stringify(many).length < text.length + 200);
});

test("weighEvidence: another bad plan of the candidate never lowers it, one of the base never raises it", () => {
	const counts = fc.record({
		weight: fc.constantFrom(1, 5, 25, 50, 95),
		base: fc.nat(200),
		candidate: fc.nat(200),
	});
	fc.assert(
		fc.property(fc.array(counts, { minLength: 1, maxLength: 4 }), (bad) => {
			const value = weighEvidence(bad);
			assert.ok(Number.isFinite(value) && value >= 0);
			const [first, ...others] = bad as [(typeof bad)[0]];
			const more = (by: object) =>
				weighEvidence([{ ...first, ...by }, ...others]);
			assert.ok(more({ candidate: first.candidate + 1 }) >= value);
			assert.ok(more({ base: first.base + 1 }) <= value);
		}),
	);
});

test("weighEvidence: what goes wrong in proportion to the weights is no evidence, however much it is", () => {
	fc.assert(
		fc.property(
			fc.integer({ min: 1, max: 99 }),
			fc.nat(300),
			(weight, times) => {
				const candidate = weight * times;
				const base = (100 - weight) * times;
				assert.ok(weighEvidence([{ weight, base, candidate }]) <= 1);
			},
		),
	);
});

test("weighEvidence: of 1,000 rollouts with equal arms, looked at after every bad plan, less than 1 in 100 reach the limit", () => {
	let reached = 0;
	for (let rollout = 0; rollout < 1_000; rollout += 1) {
		const random = createRandom(rollout);
		const weight = [5, 10, 25, 50][rollout % 4] as number;
		const bad = { weight, base: 0, candidate: 0 };
		for (let plan = 0; plan < 200; plan += 1) {
			bad[random() * 100 < weight ? "candidate" : "base"] += 1;
			if (weighEvidence([bad]) < evidenceLimits.failed) continue;
			reached += 1;
			break;
		}
	}
	assert.ok(reached < 10, `${reached} of 1000`);
});

test("growthOfEvidence: the mean logarithm that a plan adds", () => {
	const [w, p, r] = [0.25, 0.01, 5];
	const odds = w * r + 1 - w;
	const byHand =
		w * r * p * Math.log(r / odds) + (1 - w) * p * Math.log(1 / odds);
	assert.ok(Math.abs(growthOfEvidence(25, p, r) - byHand) < 1e-12);
});

test("expectedOfCandidate, countOf: sums over the weights that were in force", () => {
	const counts = [
		{ weight: 5, base: 190, candidate: 10 },
		{ weight: 25, base: 200, candidate: 100 },
	];
	assert.equal(expectedOfCandidate(counts), 85);
	assert.equal(countOf(counts, "candidate"), 110);
});
