import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type ComparableOutcome,
	compareOutcome,
} from "../../../src/domain/rollout/compare-outcome.ts";
import {
	isWorthKeeping,
	spansToCount,
	windowOf,
} from "../../../src/domain/rollout/look.ts";
import {
	noCounts,
	type WeightSpan,
} from "../../../src/domain/rollout/state.ts";
import { verdictOf } from "../../support/rollouts.ts";

const span = (weight: number, fromMs: number, toMs: number | null) => ({
	...{ weight, fromMs, toMs, counts: noCounts() },
});
const spans: WeightSpan[] = [span(5, 10_000, 60_000), span(25, 62_000, null)];
const comparison = {
	...{ builds: { base: "b1", candidate: "b2" }, spans, matureMs: 600_000 },
};
const outcome: ComparableOutcome = {
	...{ build_assigned: "b2", build_ran: "b2", build_weight: 5, counts: true },
	...{ failure_class: null, sla_missed: false, active_ms: 200 },
	...{ predicted_ms: 100, started_at: 20_000, recorded_at: 21_000 },
};
const compare = (more: Partial<ComparableOutcome>) =>
	compareOutcome({ ...outcome, ...more }, comparison);

test("compareOutcome: a plan counts under the weight that was in force when it began", () => {
	assert.deepEqual(compare({}), {
		...{ arm: "candidate", weight: 5, failed: false, late: false },
		logRatio: Math.log(2),
	});
	assert.equal(compare({ started_at: 70_000 })?.weight, 25);
});

test("compareOutcome: what began while the weight changed is left out", () => {
	for (const started_at of [0, 9_999, 12_999, 60_000, 61_000, 64_999])
		assert.equal(compare({ started_at }), undefined, String(started_at));
	assert.equal(compare({ started_at: 13_000 })?.weight, 5);
	assert.equal(compare({ started_at: 65_000 })?.weight, 25);
});

test("compareOutcome: a plan is booked on the build it was meant for, wherever it ended", () => {
	const moved = { build_assigned: "b2", build_ran: "b1" };
	assert.equal(compare(moved)?.arm, "candidate");
	assert.equal(compare({ ...moved, build_assigned: null })?.arm, "base");
	assert.equal(compare({ build_assigned: "b0", build_ran: "b1" }), undefined);
});

test("compareOutcome: what no build can cause, and what was sent by hand, is left out", () => {
	assert.equal(compare({ counts: false }), undefined);
	assert.equal(compare({ build_weight: null }), undefined);
});

test("compareOutcome: late is late by its deadline or by the release; cut off plans have no duration", () => {
	assert.equal(compare({ sla_missed: true })?.late, true);
	assert.equal(compare({ active_ms: 600_001 })?.late, true);
	const cut = compare({ failure_class: "timed_out" });
	assert.deepEqual([cut?.failed, cut?.logRatio], [true, null]);
	assert.equal(compare({ predicted_ms: null })?.logRatio, null);
});

test("looks: the weight in force is counted each time, those before it in turn", () => {
	assert.deepEqual(spansToCount([], 3), []);
	assert.deepEqual(spansToCount(spans.slice(0, 1), 3), [0]);
	const three = [...spans, span(50, 90_000, null)];
	assert.deepEqual(
		[0, 1, 2].map((look) => spansToCount(three, look)),
		[
			...[
				[2, 0],
				[2, 1],
				[2, 0],
			],
		],
	);
	assert.equal(windowOf(span(5, 10_000, null), 12_000), undefined);
	assert.deepEqual(windowOf(span(5, 10_000, null), 20_000), {
		...{ fromMs: 13_000, toMs: 20_000 },
	});
});

test("verdicts: one that says something new is stored, and one a minute, so a week of looks stays bounded", () => {
	const last = { verdict: verdictOf("stay", "R7"), verdictKeptAtMs: 0 };
	assert.equal(isWorthKeeping(verdictOf("stay", "R7"), last, 59_999), false);
	assert.equal(isWorthKeeping(verdictOf("stay", "R7"), last, 60_000), true);
	assert.equal(isWorthKeeping(verdictOf("pause", "R7"), last, 1), true);
	assert.equal(isWorthKeeping(verdictOf("stay", "R8"), last, 1), true);
});
