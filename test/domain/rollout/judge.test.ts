import assert from "node:assert/strict";
import { test } from "node:test";
import { judge } from "../../../src/domain/rollout/judge.ts";
import type {
	JudgedOutcome,
	LiveFacts,
	StepDemands,
	Verdict,
} from "../../../src/domain/rollout/judgement.ts";
import { emptyTally, foldOutcomes } from "../../../src/domain/rollout/tally.ts";
import { liveOf, plansOf, stepOf } from "./judged-plans.ts";

interface Case {
	ended?: JudgedOutcome[];
	live?: Partial<LiveFacts>;
	step?: Partial<StepDemands>;
	nowMs?: number;
}

function judged({
	ended = healthy,
	live,
	step,
	nowMs = 700_000,
}: Case): Verdict {
	const tally = foldOutcomes(emptyTally(), ended);
	return judge({ tally, live: liveOf(live), step: stepOf(step), nowMs });
}

const healthy = [...plansOf("base", 300), ...plansOf("candidate", 100)];
const counts = (candidate: number, base = 0, weight = 25) => [
	{ weight, base, candidate },
];

// In the order of the rules; the sentence is all that most people read.
const cases: [string, Case, string, string, RegExp][] = [
	[
		"R1",
		{
			ended: [
				...plansOf("candidate", 35, { failed: 9 }),
				...plansOf("base", 104, { failed: 3 }),
			],
		},
		"rollback",
		"failures",
		/^9 of 35 plans of the candidate failed, 3 of 104 of the base; evidence 297:1 against a limit of 200:1$/,
	],
	[
		"R1",
		{ live: { overdue: counts(7) } },
		"rollback",
		"plans that hang",
		/^7 of 107 plans of the candidate are late, 0 of 300 of the base; evidence \d+:1 against a limit of 333:1$/,
	],
	[
		"R1",
		{ live: { broken: counts(9, 1) } },
		"rollback",
		"workflow tasks that fail on both, more on the candidate",
		/^workflow tasks of 9 open plans of the candidate fail, and of 1 of the base; evidence/,
	],
	[
		"R2",
		{ live: { broken: counts(3, 0, 5) } },
		"rollback",
		"workflow tasks that fail on the candidate alone",
		/^workflow tasks of 3 open plans of the candidate fail, and of 0 of the base; with equal builds the chance of that is 0.01 %$/,
	],
	[
		"R6",
		{ live: { unreadableLooks: 2 } },
		"stay",
		"two looks that saw nothing",
		/at 2 looks in a row/,
	],
	[
		"R6",
		{ live: { unreadableLooks: 3 } },
		"pause MetricsUnavailable",
		"three looks that saw nothing",
		/at 3 looks in a row/,
	],
	[
		"R0",
		{ live: { withoutPollersMs: { base: 0, candidate: 15_000 } } },
		"rollback",
		"no workers",
		/^no worker of the candidate has asked for work for 15.0 s, those of the base do$/,
	],
	[
		"R0",
		{ live: { withoutPollersMs: { base: 14_000, candidate: 16_000 } } },
		"stay",
		"no workers on either, one a little before the other",
		/nothing can be compared/,
	],
	[
		"R0",
		{ live: { backlogAgeMs: { base: 200, candidate: 31_000 } } },
		"rollback",
		"tasks that wait for the candidate",
		/^a task has waited 31.0 s for the candidate's workers, 200 ms for the base's$/,
	],
	[
		"R0",
		{ live: { backlogAgeMs: { base: 25_000, candidate: 31_000 } } },
		"stay",
		"tasks that wait for both",
		/25.0 s for the base/,
	],
	[
		"R0",
		{
			live: { withoutPollersMs: { base: 60_000, candidate: 0 } },
			nowMs: 3_600_000,
		},
		"pause InsufficientData",
		"a base that has lost its workers for long",
		/nothing can be compared/,
	],
	[
		"R0",
		{
			live: { withoutPollersMs: { base: 15_000, candidate: 0 } },
			step: { isPromoted: true, weight: 95 },
			nowMs: 1,
		},
		"advance",
		"an old build without workers after the promotion",
		/^no worker of the old build has asked for work for 15.0 s: it gets no more plans/,
	],
	[
		"R4",
		{ live: { budgetBurnsFast: true } },
		"pause ErrorBudgetFreeze",
		"a budget that burns without the candidate",
		/not by the candidate alone: 0 of 0 bad plans .* frozen$/,
	],
	[
		"R4",
		{
			ended: [
				...plansOf("candidate", 60, { failed: 8 }),
				...plansOf("base", 180, { failed: 3 }),
			],
			live: { budgetBurnsFast: true },
		},
		"rollback",
		"a budget that burns by the candidate",
		/8 of 11 bad plans are the candidate's where its weights give it 2.8, evidence \d+:1 against a limit of 50:1/,
	],
	[
		"SRM",
		{ live: { starts: counts(60, 60) } },
		"pause RoutingMismatch",
		"a split that is far off",
		/^60 of 120 plans started on the candidate where its weights give it 30; the chance of that is 3e-8 %$/,
	],
	[
		"R7",
		{ nowMs: 300_000 },
		"stay",
		"a soak that is not over",
		/^25 % for 5 m 00 s of 10 m 00 s$/,
	],
	[
		"R7",
		{
			ended: [...plansOf("candidate", 18), ...plansOf("base", 341)],
			live: { starts: counts(18, 323, 5) },
			step: { weight: 5, minSample: 30 },
		},
		"stay",
		"a short sample",
		/^18 of 30 plans of the candidate have ended, at this rate 7 m 47 s more$/,
	],
	[
		"R7",
		{ ended: [], nowMs: 3_600_000 },
		"pause InsufficientData",
		"a sample that stays short",
		/^0 of 30 plans/,
	],
	[
		"R7",
		{
			ended: [...plansOf("candidate", 50), ...plansOf("base", 5)],
			step: { weight: 95 },
		},
		"stay",
		"too few plans of the base",
		/^5 of 30 plans of the base/,
	],
	[
		"R7",
		{ live: { starts: [] } },
		"stay",
		"starts that nobody counted",
		/no plan that started is counted/,
	],
	[
		"R3",
		{
			ended: [
				...plansOf("base", 300),
				...plansOf("candidate", 100, { logRatio: 0.5 }),
			],
		},
		"pause DurationWorse",
		"plans that take longer",
		/^plans of the candidate take 1.65 times as long for their estimates, and 100 % of pairs are slower on it; the chance of that is [\de-]+ %$/,
	],
	[
		"R4",
		{ live: { budgetBurnsFast: null } },
		"stay",
		"a budget that is not known",
		/is not known$/,
	],
	[
		"R4",
		{ live: { budgetBurnsFast: null }, nowMs: 7_200_000 },
		"pause MetricsUnavailable",
		"a budget that stays unknown",
		/is not known$/,
	],
	[
		"R8",
		{ step: { isLast: true } },
		"stay",
		"no evidence of no harm",
		/^0 of 100 failed or late against 0 of 300: it is worse by more than 1 % with a probability of 13 %, and the step needs at most 5 %$/,
	],
	[
		"R8",
		{ step: { isLast: true }, nowMs: 7_200_000 },
		"pause InconclusiveAnalysis",
		"no evidence for long",
		/needs at most 5 %$/,
	],
	[
		"R8",
		{
			step: { minSample: 1 },
			ended: [...plansOf("candidate", 9), ...plansOf("base", 27)],
		},
		"stay",
		"fewer than ten plans, whatever the step asks",
		/too few/,
	],
	[
		"PASS",
		{ live: { starts: [], isSplitDrawn: false } },
		"advance",
		"plans of one tenant that go together: there is no split to judge",
		/^0 of 100 plans/,
	],
	[
		"PASS",
		{ live: { starts: counts(60, 60), isSplitDrawn: false } },
		"advance",
		"nor one that is far off",
		/^0 of 100 plans/,
	],
	[
		"PASS",
		{},
		"advance",
		"nothing against it",
		/^0 of 100 plans of the candidate failed, 0 of 300 of the base; 0 of 100/,
	],
	[
		"PASS",
		{ step: { isLast: true, margin: 0.05 } },
		"advance",
		"evidence of no harm",
		/more than 5 % with a probability of 0.1 %$/,
	],
];

for (const [rule, given, action, what, sentence] of cases)
	test(`judge: ${what}: ${rule}, ${action}`, () => {
		const verdict = judged(given);
		const { pauseReason } = verdict;
		assert.equal(
			[verdict.action, ...(pauseReason === null ? [] : [pauseReason])].join(
				" ",
			),
			action,
			verdict.sentence,
		);
		assert.equal(verdict.rule, rule);
		assert.match(verdict.sentence, sentence);
	});
