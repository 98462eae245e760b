import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	areDurationsWorse,
	compareDurations,
	emptyRatios,
	foldRatio,
} from "../../../src/domain/rollout/durations.ts";
import type { Arm } from "../../../src/domain/rollout/judgement.ts";
import { normalTail } from "../../../src/domain/rollout/normal-tail.ts";
import {
	marginOf,
	probabilityOfHarm,
} from "../../../src/domain/rollout/promotion.ts";
import { splitPValue } from "../../../src/domain/rollout/sample-ratio.ts";
import { createRandom } from "../../../src/domain/seeded-random.ts";
import { plansOf } from "./judged-plans.ts";

const none = { base: 0, candidate: 0 };

function isNear(value: number | null, expected: number, relative = 1e-6) {
	assert.ok(
		value !== null && Math.abs(value - expected) <= relative * expected,
		`${value} is not ${expected}`,
	);
}

// Of the complementary error function of Python's standard library.
for (const [z, tail] of [
	[0, 0.5],
	[1, 0.15865525393145707],
	[2.5, 0.006209665325776139],
	[5, 2.866515718791946e-7],
] as const)
	test(`normalTail: of ${z} is ${tail}`, () => {
		isNear(normalTail(z), tail);
		isNear(normalTail(-z), 1 - tail);
	});

// Chi-square where five plans of each arm are expected, else exact sums of fractions, doubled.
for (const [what, starts, expected] of [
	["18 of 341 at 5 %", [[5, 323, 18]], 0.8133957249166],
	[
		"110 of 500 at 5 % and 25 %",
		[
			[5, 190, 10],
			[25, 200, 100],
		],
		0.00204834220613,
	],
	["3 of 3 at 5 %", [[5, 0, 3]], 0.00025],
	["4 of 40 at 2 %", [[2, 36, 4]], 0.01648185620080879],
	["none of 60 at 5 %", [[5, 60, 0]], 0.09213959797390416],
	["the base's 4 of 40 at 98 %", [[98, 4, 36]], 0.01648185620080879],
] as [string, [number, number, number][], number][])
	test(`splitPValue: ${what} is ${expected.toPrecision(3)}`, () =>
		isNear(
			splitPValue(
				starts.map(([weight, base, candidate]) => ({
					weight,
					base,
					candidate,
				})),
			),
			expected,
		));

test("splitPValue: where only one arm gets plans there is no split", () => {
	assert.equal(splitPValue([]), null);
	assert.equal(splitPValue([{ weight: 0, base: 50, candidate: 2 }]), null);
	assert.equal(splitPValue([{ weight: 100, base: 1, candidate: 9 }]), null);
});

// Quadrature over the base's quantiles with the incomplete beta function as a continued fraction.
for (const [baseOf, base, candidateOf, candidate, margin, expected] of [
	[1_000, 10, 190, 0, 0.01, 0.0062006],
	[7_000, 70, 680, 6, 0.01, 0.0121526],
	[100_000, 1_000, 100_000, 2_100, 0.01, 0.9653193],
	[104, 3, 35, 9, 0.0166666667, 0.9997745],
	[600, 6, 100, 2, 0.01, 0.5314751],
	[30, 0, 30, 0, 0.01, 0.2739909],
	[2_000, 100, 2_000, 130, 0.025, 0.0872568],
] as const)
	test(`probabilityOfHarm: ${candidate} of ${candidateOf} against ${base} of ${baseOf} by ${margin} is ${expected}`, () => {
		const harm = probabilityOfHarm(
			{ plans: baseOf, bad: base },
			{ plans: candidateOf, bad: candidate },
			margin,
		);
		assert.ok(harm !== null && Math.abs(harm - expected) < 2e-3, String(harm));
	});

test("probabilityOfHarm: more bad plans of the candidate never lower it; fewer than ten plans say nothing", () => {
	const sample = fc
		.tuple(
			fc.integer({ min: 10, max: 3_000 }),
			fc.double({ min: 0, max: 0.99, noNaN: true }),
		)
		.map(([plans, share]) => ({ plans, bad: Math.floor(plans * share) }));
	fc.assert(
		fc.property(sample, sample, (base, candidate) => {
			const margin = marginOf(base);
			const harm = probabilityOfHarm(base, candidate, margin) as number;
			const worse = { ...candidate, bad: candidate.bad + 1 };
			assert.ok(harm >= 0 && harm <= 1);
			assert.ok(
				(probabilityOfHarm(base, worse, margin) as number) >= harm - 1e-9,
			);
			const few = { plans: 9, bad: 0 };
			assert.equal(probabilityOfHarm(few, candidate, margin), null);
			assert.equal(probabilityOfHarm(base, few, margin), null);
		}),
	);
});

test("marginOf: one percentage point, or half of the base's rate", () => {
	assert.equal(marginOf({ plans: 1_000, bad: 5 }), 0.01);
	isNear(marginOf({ plans: 999, bad: 99.5 }), 0.05);
	assert.equal(marginOf({ plans: 1_000, bad: 5 }, 0.05), 0.05);
});

test("compareDurations: as Mann-Whitney counted pair by pair", () => {
	const random = createRandom(7);
	const ratios = emptyRatios();
	const logs = { base: [] as number[], candidate: [] as number[] };
	for (let plan = 0; plan < 300; plan += 1) {
		const arm: Arm = random() < 0.25 ? "candidate" : "base";
		// In the middle of its bucket, so that nothing is lost.
		const bucket = Math.floor(random() * 20) + (arm === "candidate" ? 6 : 0);
		const logRatio = (bucket + 0.5) / 20;
		logs[arm].push(logRatio);
		foldRatio(ratios, {
			arm,
			weight: 25,
			failed: false,
			late: false,
			logRatio,
		});
	}
	let [wins, ties] = [0, 0];
	for (const slow of logs.candidate)
		for (const fast of logs.base) {
			if (slow > fast) wins += 1;
			if (slow === fast) ties += 1;
		}
	const found = compareDurations(ratios, none);
	const pairs = logs.base.length * logs.candidate.length;
	isNear(found?.cles ?? null, (wins + ties / 2) / pairs);
	const middle = (list: number[]) =>
		list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] as number;
	const ratio = Math.exp(middle(logs.candidate) - middle(logs.base));
	isNear(found?.medianRatio ?? null, ratio, 0.06);
	assert.ok(found !== null && found.pValue < 1e-4);
	assert.ok(areDurationsWorse(found, 3));
});

test("compareDurations: what is slower by less than a fifth does not matter, however sure it is", () => {
	const ratios = emptyRatios();
	for (const plan of [
		...plansOf("base", 4_000, { logRatio: 0.01 }),
		...plansOf("candidate", 4_000, { logRatio: 0.12 }),
	])
		foldRatio(ratios, plan);
	const found = compareDurations(ratios, none);
	assert.ok(found !== null && found.pValue < 1e-9 && found.cles > 0.9);
	assert.ok(found.medianRatio < 1.2 && !areDurationsWorse(found, 3));
});

test("compareDurations: failing fast is no speed, and what does not end is slow", () => {
	const ratios = emptyRatios();
	const slow = { failed: false, late: true, logRatio: null, weight: 25 };
	for (const plan of [
		...plansOf("base", 100),
		...plansOf("candidate", 40),
		...plansOf("candidate", 200, { failed: 200, logRatio: -2 }),
		...Array.from({ length: 20 }, () => ({
			...slow,
			arm: "candidate" as const,
		})),
	])
		foldRatio(ratios, plan);
	const found = compareDurations(ratios, { base: 0, candidate: 40 });
	// 60 of 100 plans of the candidate are slow, the others as fast as the base's.
	isNear(found?.cles ?? null, 0.6 + 0.4 / 2);
	assert.ok(found !== null && found.medianRatio > 2);
	const few = emptyRatios();
	for (const plan of plansOf("base", 50)) foldRatio(few, plan);
	assert.equal(compareDurations(few, none), null);
});
