import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { simulateRelease } from "../../../bench/simulate-release.ts";
import { countOf } from "../../../src/domain/rollout/evidence.ts";
import {
	HARM_LIMIT,
	judge,
	LAST_HARM_LIMIT,
	SPLIT_P_VALUE,
} from "../../../src/domain/rollout/judge.ts";
import type {
	LiveFacts,
	StepDemands,
} from "../../../src/domain/rollout/judgement.ts";
import { LEAST_SAMPLE } from "../../../src/domain/rollout/promotion.ts";
import { emptyTally, foldOutcomes } from "../../../src/domain/rollout/tally.ts";
import { liveOf, plansOf, stepOf } from "./judged-plans.ts";

const duration = fc.constantFrom(0, 4_000, 15_000, 40_000, 1e9);
const perArm = fc.record({ base: duration, candidate: duration });
const list = fc.array(
	fc.record({
		weight: fc.constantFrom(0, 1, 5, 25, 50, 99.5, 100),
		base: fc.nat(500),
		candidate: fc.nat(500),
	}),
	{ maxLength: 3 },
);
const lives = fc.record({
	starts: list,
	overdue: list,
	broken: list,
	withoutPollersMs: perArm,
	backlogAgeMs: perArm,
	budgetBurnsFast: fc.constantFrom(true, false, false, null),
	unreadableLooks: fc.constantFrom(0, 0, 1, 2, 3, 50),
});
const ends = fc
	.tuple(
		fc.nat(150),
		fc.nat(150),
		fc.nat(40),
		fc.nat(40),
		fc.constantFrom(5, 25, 50),
	)
	.map(([base, candidate, failed, late, weight]) => [
		...plansOf("base", base, { failed, late, weight }),
		...plansOf("candidate", candidate, { failed: late, late: failed, weight }),
	]);
const steps = fc.record({
	weight: fc.constantFrom(0, 5, 25, 50, 100),
	sinceMs: fc.nat(1_000),
	soakMs: fc.constantFrom(0, 600_000),
	minSample: fc.constantFrom(0, 1, 30, 100),
	maxWaitMs: fc.constantFrom(0, 600_000, 9e9),
	maxAnalysisMs: fc.constantFrom(0, 600_000, 9e9),
	stepCount: fc.nat(5),
	isLast: fc.boolean(),
});

const limitOf = ({ isLast }: Pick<StepDemands, "isLast">) =>
	isLast ? LAST_HARM_LIMIT : HARM_LIMIT;

test("judge: safety rules hold in a step that is not over, in one that waits for a person and without traffic", () => {
	const tally = foldOutcomes(
		emptyTally(),
		plansOf("candidate", 40, { failed: 20 }),
	);
	for (const step of [{}, { weight: 0 }, { weight: 100 }, { soakMs: Infinity }])
		for (const nowMs of [0, 1, 9e9]) {
			const at = { live: liveOf(), step: stepOf(step), nowMs };
			assert.equal(judge({ tally, ...at }).action, "rollback");
		}
});

test("judge: is total, says one thing in one sentence, and what it says is JSON", () => {
	fc.assert(
		fc.property(
			ends,
			lives,
			steps,
			fc.nat(2_000_000),
			(ended, live, step, nowMs) => {
				const tally = foldOutcomes(emptyTally(), ended);
				const verdict = judge({ tally, live, step, nowMs });
				assert.deepEqual(JSON.parse(JSON.stringify(verdict)), verdict);
				assert.equal(verdict.action === "pause", verdict.pauseReason !== null);
				assert.doesNotMatch(verdict.sentence, /NaN|undefined|Infinity|null|\n/);
			},
		),
		{ numRuns: 500 },
	);
});

test("judge: nothing that is missing, unreadable or split wrongly is advanced", () => {
	const spoil: ((live: LiveFacts) => Partial<LiveFacts>)[] = [
		() => ({ unreadableLooks: 1 }),
		() => ({ budgetBurnsFast: null }),
		() => ({ budgetBurnsFast: true }),
		() => ({ starts: [] }),
		() => ({ starts: [{ weight: 25, base: 30, candidate: 70 }] }),
		() => ({ withoutPollersMs: { base: 0, candidate: 20_000 } }),
		() => ({ withoutPollersMs: { base: 20_000, candidate: 0 } }),
		() => ({ backlogAgeMs: { base: 40_000, candidate: 40_000 } }),
	];
	fc.assert(
		fc.property(
			ends,
			lives,
			steps,
			fc.constantFrom(...spoil),
			(ended, live, step, by) => {
				const tally = foldOutcomes(emptyTally(), ended);
				const spoiled = { ...live, ...by(live) };
				const at = { step, nowMs: 3_000_000 };
				const { action } = judge({ tally, live: spoiled, ...at });
				assert.notEqual(action, "advance");
			},
		),
		{ numRuns: 500 },
	);
});

test("judge: what is advanced has shown all that is asked for", () => {
	// Nothing but plans that are late or too few can hold it, so that it often advances.
	const calm = lives.map(({ overdue }) => liveOf({ overdue }));
	let advanced = 0;
	fc.assert(
		fc.property(ends, fc.oneof(calm, lives), steps, (ended, live, step) => {
			const nowMs = 3_000_000;
			const tally = foldOutcomes(emptyTally(), ended);
			const { action, numbers } = judge({ tally, live, step, nowMs });
			if (action !== "advance") return;
			advanced += 1;
			const { base, candidate, evidence, probabilityOfHarm } = numbers;
			for (const arm of ["base", "candidate"] as const) {
				assert.ok(numbers[arm].ended >= step.minSample);
				const plans = numbers[arm].ended + countOf(live.overdue, arm);
				assert.ok(plans >= LEAST_SAMPLE, `${plans} plans`);
			}
			assert.ok(base.started + candidate.started > 0);
			assert.ok(Number(numbers.splitPValue) >= SPLIT_P_VALUE);
			assert.ok(Number(probabilityOfHarm) <= limitOf(step));
			for (const { value, limit } of Object.values(evidence))
				assert.ok(value < limit);
			assert.deepEqual(
				[live.unreadableLooks, live.budgetBurnsFast],
				[0, false],
			);
		}),
		{ numRuns: 1_000 },
	);
	assert.ok(advanced > 20, `${advanced} of 1000`);
});

test("judge: with enough plans, more failures of the candidate turn nothing into an advance", () => {
	fc.assert(
		fc.property(
			ends,
			lives,
			steps,
			fc.integer({ min: 1, max: 30 }),
			(ended, live, step, more) => {
				const at = {
					live: { ...live, unreadableLooks: 0 },
					step,
					nowMs: 3_000_000,
				};
				const tally = foldOutcomes(emptyTally(), ended);
				const before = judge({ tally, ...at });
				const worse = foldOutcomes(
					tally,
					plansOf("candidate", more, { failed: more }),
				);
				const after = judge({ tally: worse, ...at });
				if (before.action === "rollback")
					assert.equal(after.action, "rollback");
				const isTooFew =
					before.rule === "R7" || before.numbers.probabilityOfHarm === null;
				if (before.action !== "advance" && !isTooFew)
					assert.notEqual(after.action, "advance");
			},
		),
		{ numRuns: 1_000 },
	);
});

test("judge: both arms down alike is no rollback of the candidate", () => {
	fc.assert(
		fc.property(
			fc.constantFrom(5, 10, 25, 50),
			fc.integer({ min: 1, max: 40 }),
			fc.nat(60_000),
			(weight, times, downMs) => {
				const shares = {
					base: (100 - weight) * times,
					candidate: weight * times,
				};
				const alike = [{ weight, ...shares }];
				const down = { base: downMs, candidate: downMs };
				const tally = foldOutcomes(emptyTally(), [
					...plansOf("base", shares.base, { failed: shares.base, weight }),
					...plansOf("candidate", shares.candidate, {
						failed: shares.candidate,
						weight,
					}),
				]);
				const live = liveOf({
					...{ starts: alike, overdue: alike, broken: alike },
					...{ withoutPollersMs: down, backlogAgeMs: down },
					budgetBurnsFast: true,
				});
				const verdict = judge({ tally, live, step: stepOf(), nowMs: 700_000 });
				assert.notEqual(verdict.action, "rollback", verdict.sentence);
				assert.notEqual(verdict.action, "advance");
			},
		),
		{ numRuns: 50 },
	);
});

test("judge: of 1,000 simulated rollouts with equal arms, a fourth of them with an outage of both, less than 1 in 100 are rolled back", () => {
	let rolledBack = 0;
	for (let seed = 1; seed <= 1_000; seed += 1) {
		const { end } = simulateRelease({
			baseRate: [0.01, 0.03, 0.05, 0.01][seed % 4] as number,
			risk: 1,
			weights: [5, 10, 25, 50],
			plans: 800,
			...(seed % 4 === 3 && { outage: { from: 300, plans: 200, rate: 0.5 } }),
			seed,
		});
		if (end === "rollback") rolledBack += 1;
	}
	assert.ok(rolledBack < 10, `${rolledBack} of 1000`);
});

test("judge: a candidate that always fails is out after three of its plans at 5 %", () => {
	const plans = Array.from({ length: 101 }, (_, seed) => {
		const always = { baseRate: 0.01, risk: 100, weights: [5], plans: 5_000 };
		const found = simulateRelease({ ...always, seed });
		assert.equal(found.end, "rollback");
		return found.candidatePlans;
	});
	assert.ok((plans.toSorted((a, b) => a - b)[50] ?? 9) <= 3);
});
