import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type BackTest,
	backTest,
	judgePromotion,
} from "../../../src/domain/prediction/back-test.ts";
import type { Scores } from "../../../src/domain/prediction/model.ts";
import { historyBeginsMs, makeHistory } from "../../support/ticket-history.ts";
import { calmHistory, modelOf } from "./made-models.ts";

const recipe = { name: "durations" };

test("backTest: a first model beats type median, moving average and estimates, and is promoted", () => {
	const result = backTest(calmHistory, recipe, null);
	assert.ok(result);
	const errors = Object.fromEntries(
		Object.entries(result.scores).map(([name, own]) => [
			name,
			own["*"]?.mae_percent,
		]),
	);
	assert.deepEqual(Object.keys(errors), [
		"candidate",
		"type_median",
		"ewma",
		"estimate",
	]);
	const { candidate = 100, ...others } = errors;
	for (const error of Object.values(others))
		assert.ok(candidate < (error ?? 0));
	const { promote, reasons } = judgePromotion(result);
	assert.equal(promote, true, reasons.join("; "));
	assert.match(
		reasons.join(),
		/^errs by [\d.]+ %, the type median by [\d.]+ %,its p90 covers [\d.]+ %$/,
	);
});

test("backTest: a champion of few tickets, whatever it has learned since, loses to a candidate of many", () => {
	const champion = modelOf(calmHistory.slice(0, 150));
	const result = backTest(calmHistory, recipe, champion);
	assert.ok(result);
	assert.equal(result.champion_has_seen, false);
	const { promote, reasons } = judgePromotion(result);
	assert.equal(promote, true, reasons.join("; "));
});

test("backTest: the champion that knows more keeps its place", () => {
	const champion = modelOf(calmHistory);
	const old = calmHistory.slice(0, 150);
	const result = backTest(
		[...old, ...calmHistory.slice(-40)],
		recipe,
		champion,
	);
	assert.ok(result);
	assert.equal(result.champion_has_seen, true);
	const { promote, reasons } = judgePromotion(result);
	assert.equal(promote, false);
	assert.match(
		reasons.join(),
		/champion \(which knew some\) by .* refused: must be below/,
	);
});

test("backTest: a champion of yesterday is tried on what it has not seen", () => {
	const known = calmHistory.slice(0, 2_600);
	const result = backTest(calmHistory, recipe, modelOf(known));
	assert.ok(result);
	assert.equal(result.champion_has_seen, false);
	assert.ok(result.tickets > 150 && result.tickets <= 200);
});

test("backTest: when durations have changed, who knows it is tried on what has ended since, and wins", () => {
	const tickets = makeHistory({
		...{ tickets: 4_000, seed: 3, driftDay: 25, rampDays: 0.001 },
		drift: { BUILD: 1.5, TEST: 1.5, EXECUTE: 0.6 },
	});
	const champion = modelOf(tickets.filter(({ day }) => day < 15));
	const { changes = [] } = modelOf(tickets).trained;
	const changedAtMs = Math.max(...changes.map(({ since_ms }) => since_ms));
	const day = (changedAtMs - historyBeginsMs) / 86_400_000;
	assert.ok(day > 24 && day < 26, String(day));
	const result = backTest(tickets, recipe, champion, changedAtMs);
	assert.ok(result && result.from_ms > changedAtMs);
	const { promote, reasons } = judgePromotion(result);
	assert.equal(promote, true, reasons.join("; "));
});

test("backTest: too few tickets are no test, and those that are no numbers do no harm", () => {
	assert.equal(backTest(calmHistory.slice(0, 50), recipe, null), null);
	const [first] = calmHistory;
	assert.ok(first);
	const bad = { ...first, ended_at_ms: Number.NaN };
	const tickets = calmHistory.slice(0, 600);
	assert.deepEqual(
		backTest([bad, ...tickets], recipe, null),
		backTest(tickets, recipe, null),
	);
});

const scores: Scores = {
	tickets: 200,
	mae_percent: 30,
	mdape_percent: 20,
	p90_coverage_percent: 90,
	interval_coverage_percent: 80,
	to_type_median: 0.6,
};
const judged = (
	candidate: Partial<Scores>,
	champion: Partial<Scores>,
): Pick<BackTest, "scores" | "champion_has_seen"> => ({
	champion_has_seen: false,
	scores: {
		candidate: {
			"*": { ...scores, ...candidate },
			QUERY: { ...scores, mae_percent: 45 },
			PLAN: { ...scores, tickets: 10, mae_percent: 99 },
		},
		champion: { "*": { ...scores, ...champion } },
		type_median: { "*": { ...scores, mae_percent: 60 } },
	},
});

for (const [name, promote, candidate, champion, limits] of [
	["better than both", true, {}, { mae_percent: 31 }, {}],
	["as good as the champion", false, {}, {}, {}],
	[
		"worse than the type median",
		false,
		{ mae_percent: 61 },
		{ mae_percent: 62 },
		{},
	],
	[
		"better, but not by enough",
		false,
		{},
		{ mae_percent: 30.3 },
		{ improvementPercent: 2 },
	],
	[
		"p90 that covers too little",
		false,
		{ p90_coverage_percent: 79 },
		{ mae_percent: 31 },
		{},
	],
	[
		"above the limit of all",
		false,
		{},
		{ mae_percent: 31 },
		{ maePercent: { "*": 15 } },
	],
	[
		"above the limit of a type",
		false,
		{},
		{ mae_percent: 31 },
		{ maePercent: { QUERY: 40 } },
	],
	[
		"above the limit of a type that hardly occurs",
		true,
		{},
		{ mae_percent: 31 },
		{ maePercent: { PLAN: 40 } },
	],
	[
		"within the limits",
		true,
		{},
		{ mae_percent: 31 },
		{ maePercent: { "*": 35, QUERY: 50 } },
	],
] as const)
	test(`judgePromotion: ${name}: ${promote ? "promoted" : "refused, with a reason"}`, () => {
		const said = judgePromotion(judged(candidate, champion), limits);
		assert.equal(said.promote, promote);
		assert.equal(
			said.reasons.some((reason) => reason.includes("refused")),
			!promote,
		);
	});

test("judgePromotion: without a test nothing is promoted", () => {
	assert.equal(
		judgePromotion({ scores: {}, champion_has_seen: false }).promote,
		false,
	);
});
