import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	emptyCorrection,
	FALSE_ALARM_BUDGET,
	learn,
} from "../../../src/domain/prediction/correction.ts";
import { predictTicket } from "../../../src/domain/prediction/predict.ts";
import {
	calmModel,
	finished,
	plainFacts,
	unseenTickets,
} from "./made-models.ts";

const usualMs = predictTicket(plainFacts, calmModel, null).duration_ms;
const manyOf = (count: number, ms: number, changes = {}) =>
	Array.from({ length: count }, () => finished(ms, changes));

test("learn: tickets that all take longer make the next prediction longer", () => {
	const correction = learn(
		emptyCorrection(calmModel),
		manyOf(100, 1.4 * usualMs),
		calmModel,
	);
	const said = predictTicket(plainFacts, calmModel, correction);
	assert.ok(
		said.duration_ms > 1.3 * usualMs && said.duration_ms < 1.45 * usualMs,
	);
	assert.equal(said.model, "durations@3+1");
	const other = { ...plainFacts, task_type: "QUERY" as const };
	assert.equal(
		predictTicket(other, calmModel, correction).duration_ms,
		predictTicket(other, calmModel, null).duration_ms,
	);
});

test("learn: whatever is reported moves a ticket by a factor of e at most", () => {
	const correction = learn(
		emptyCorrection(calmModel),
		manyOf(2_000, 1_000 * usualMs),
		calmModel,
	);
	const said = predictTicket(plainFacts, calmModel, correction).duration_ms;
	assert.ok(said > 2.5 * usualMs && said <= Math.E * usualMs + 1, `${said}`);
});

test("learn: another capability set of the type learns with it, half as much", () => {
	const correction = learn(
		emptyCorrection(calmModel),
		manyOf(60, 1.4 * usualMs),
		calmModel,
	);
	const rust = { ...plainFacts, required_capabilities: ["docker", "rust"] };
	const before = predictTicket(rust, calmModel, null).duration_ms;
	const after = predictTicket(rust, calmModel, correction).duration_ms;
	assert.ok(after > 1.1 * before && after < 1.3 * before, `${before} ${after}`);
});

test("learn: whatever comes, the correction stays within its bounds, and the former is left as it was", () => {
	fc.assert(
		fc.property(
			fc.array(
				fc.oneof(
					fc.integer({ min: 1, max: 10 ** 10 }),
					fc.constant(Number.NaN),
				),
			),
			(durations) => {
				const empty = emptyCorrection(calmModel);
				const finite = durations.map((ms) => finished(ms));
				const once = learn(empty, finite, calmModel);
				const twice = learn(once, finite, calmModel);
				assert.deepEqual(empty, emptyCorrection(calmModel));
				for (const { shift } of Object.values(twice.bias))
					assert.ok(Math.abs(shift) <= 1);
				const said = predictTicket(plainFacts, calmModel, twice);
				assert.equal(said.source, "model");
				assert.ok(said.p10_ms <= said.duration_ms);
				assert.ok(said.duration_ms <= said.p90_ms);
				assert.deepEqual(learn(once, finite, calmModel), twice);
			},
		),
	);
});

test("learn: the interval narrows when everything lies inside, and widens when nothing does", () => {
	const widthAfter = (ms: readonly number[]) => {
		const tickets = ms.map((one) => finished(one));
		const { interval } = learn(emptyCorrection(calmModel), tickets, calmModel);
		const row = interval.BUILD;
		assert.ok(row);
		return row.p90 - row.p10;
	};
	const around = (factor: number) =>
		Array.from({ length: 200 }, (_, at) =>
			Math.round(at % 2 === 0 ? usualMs * factor : usualMs / factor),
		);
	assert.ok(widthAfter(around(1.01)) < 0);
	assert.ok(widthAfter(around(8)) > 0);
});

test("learn: failed tickets and those without a duration teach nothing", () => {
	const empty = emptyCorrection(calmModel);
	const bad = [
		finished(5, { completed: false }),
		finished(0),
		finished(Number.NaN),
	];
	assert.equal(learn(empty, bad, calmModel), empty);
	assert.equal(learn(empty, [], calmModel), empty);
});

test("learn: a correction of another model is left behind", () => {
	const older = learn(
		emptyCorrection(calmModel),
		manyOf(50, 3 * usualMs),
		calmModel,
	);
	const newer = { ...calmModel, version: 4 };
	assert.deepEqual(
		{ ...predictTicket(plainFacts, newer, older), model: null },
		{ ...predictTicket(plainFacts, newer, null), model: null },
	);
	const after = learn(older, [finished(usualMs)], newer);
	assert.deepEqual([after.model, after.version], ["durations@4", 1]);
});

test("learn: an anomaly that is false too often falls silent, visibly, and speaks again", () => {
	const strange = {
		required_capabilities: ["a", "b", "c", "d", "e", "f", "g"],
	};
	const facts = { ...plainFacts, ...strange, risk_band: "low" as const };
	const first = predictTicket(facts, calmModel, null);
	assert.equal(first.anomaly.anomaly_type, "resource_mismatch");
	assert.equal(first.anomaly.is_anomaly, true);
	const asPredicted = finished(first.duration_ms, facts);
	const loud = learn(
		emptyCorrection(calmModel),
		Array(300).fill(asPredicted),
		calmModel,
	);
	const count = loud.alarms.BUILD?.resource_mismatch;
	assert.ok(
		count?.silenced && count.false_alarms / count.tickets > FALSE_ALARM_BUDGET,
	);
	const quiet = predictTicket(facts, calmModel, loud).anomaly;
	assert.equal(quiet.is_anomaly, false);
	assert.equal(quiet.anomaly_type, "resource_mismatch");
	assert.match(
		quiet.explanation ?? "",
		/no alarm: for BUILD it was false too often/,
	);
	const calm = unseenTickets.filter(
		({ task_type, made }) => task_type === "BUILD" && made === null,
	);
	let correction = loud;
	for (let round = 0; round < 40; round++)
		correction = learn(correction, calm, calmModel);
	assert.equal(correction.alarms.BUILD?.resource_mismatch?.silenced, false);
});
