import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	applyTraces,
	leaveTrace,
	scoreTrace,
	type Trace,
	type TraceOutcome,
	traceTerms,
} from "../../../src/domain/scheduling/traces.ts";
import { choose, idsOf, ticketOf } from "../../support/choices.ts";
import { workerOf } from "../../support/workers.ts";

const HALF_LIFE_MS = 600_000;
const NOW_MS = 1_800_000_000_000;

function traceOf(outcomes: readonly TraceOutcome[], atMs = NOW_MS): Trace {
	let trace: Trace | undefined;
	for (const outcome of outcomes)
		trace = leaveTrace(trace, { outcome }, atMs, HALF_LIFE_MS);
	return trace as Trace;
}
const times = (count: number, outcome: TraceOutcome) =>
	Array.from({ length: count }, () => outcome);
const scoreNow = (trace: Trace | undefined, laterMs = 0) =>
	scoreTrace(trace, NOW_MS + laterMs, HALF_LIFE_MS);

test("scoreTrace: in the middle for nothing known; four failures outweigh a thousand successes", () => {
	assert.equal(scoreNow(undefined), 0.5);
	const good = traceOf(times(1_000, "success"));
	assert.ok(scoreNow(good) > 0.9);
	const failing = traceOf([...times(1_000, "success"), ...times(4, "failure")]);
	assert.ok(scoreNow(failing) < 0.5);
	assert.ok(scoreNow(traceOf(times(20, "failure"))) < 0.1);
});

test("scoreTrace: it evaporates to what is unknown", () => {
	const bad = traceOf(times(20, "failure"));
	const scores = [0, 1, 2, 4, 8, 16].map((lives) =>
		scoreNow(bad, lives * HALF_LIFE_MS),
	);
	assert.deepEqual(
		scores,
		scores.toSorted((a, b) => a - b),
	);
	assert.ok(Math.abs((scores.at(-1) as number) - 0.5) < 0.001);
});

test("scoreTrace: whatever happened, it is between 0 and 1, and one more success never lowers it", () =>
	fc.assert(
		fc.property(
			fc.array(fc.constantFrom<TraceOutcome>("success", "failure"), {
				minLength: 1,
				maxLength: 40,
			}),
			fc.nat(10 * HALF_LIFE_MS),
			(outcomes, laterMs) => {
				const trace = traceOf(outcomes);
				const score = scoreNow(trace, laterMs);
				assert.ok(score >= 0 && score <= 1);
				const better = traceOf([...outcomes, "success"]);
				assert.ok(scoreNow(better) >= scoreNow(trace));
			},
		),
	));

test("traceTerms: one that fails is trusted less, and is due for a try after a tenth of the half-life, one ticket at a time", () => {
	const workers = ["bad", "good", "new"].map((agent_id) => ({ agent_id }));
	const traces = new Map([
		["bad", traceOf(times(6, "failure"))],
		["good", traceOf(times(6, "success"))],
	]);
	const at = (laterMs: number) =>
		traceTerms(workers, traces, NOW_MS + laterMs, HALF_LIFE_MS);
	assert.ok((at(0).trust[0] as number) < 0.2);
	assert.deepEqual([at(0).trust[1], at(0).trust[2]], [1, 1]);
	assert.deepEqual([...at(0).isDue], [0, 0, 0]);
	const later = at(HALF_LIFE_MS / 10);
	assert.deepEqual([...later.isDue], [1, 0, 0]);
	assert.equal(applyTraces(later, 0, 0).score, 1);
	assert.ok(applyTraces(later, 0, 1).score < 0.5);
	assert.equal(applyTraces(undefined, 0, 0).score, 0.5);
});

test("chooseWorkers: a free worker that fails loses to busy ones, which is said; all that fail still get tickets", () => {
	const workers = ["bad", "good"].map((id) => workerOf(id));
	const bad = traceOf(times(6, "failure"));
	const place = (traces: Map<string, Trace>, count: number) =>
		choose(
			workers,
			Array.from({ length: count }, () =>
				ticketOf([], {
					traces: traceTerms(workers, traces, NOW_MS, HALF_LIFE_MS),
				}),
			),
		);
	const choices = place(new Map([["bad", bad]]), 6);
	assert.deepEqual(idsOf(choices), Array(6).fill("good"));
	assert.equal(choices[0]?.deciding_term, "traces");
	assert.ok((choices[0]?.chosen?.traces as number) === 0.5);
	const both = place(
		new Map([
			["bad", bad],
			["good", bad],
		]),
		5,
	);
	assert.deepEqual(new Set(idsOf(both)), new Set(["bad", "good"]));
});
