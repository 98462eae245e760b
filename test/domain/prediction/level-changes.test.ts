import assert from "node:assert/strict";
import { test } from "node:test";
import { fitModel } from "../../../src/domain/prediction/fit.ts";
import { findChanges } from "../../../src/domain/prediction/level-changes.ts";
import { quantilesOf } from "../../../src/domain/prediction/predict.ts";
import { median } from "../../../src/domain/prediction/quantiles.ts";
import { createRandom, gaussian } from "../../../src/domain/seeded-random.ts";
import { type MadeType, makeHistory } from "../../support/ticket-history.ts";
import { calmModel, finished } from "./made-models.ts";

/** Residuals of one type: so many at each level, with noise. */
function residualsOf(...levels: [count: number, level: number][]) {
	const random = createRandom(5);
	const values = levels.flatMap(([count, level]) =>
		Array.from({ length: count }, () => level + 0.25 * gaussian(random)),
	);
	const tickets = values.map((_, at) => finished(1_000, { ended_at_ms: at }));
	return { tickets, residuals: Float64Array.from(values) };
}

test("findChanges: older tickets are moved to the newest level, whatever there was in between", () => {
	const { tickets, residuals } = residualsOf([500, 0], [200, 0.6], [100, 0.3]);
	const { shifts, changes } = findChanges(tickets, residuals);
	assert.equal(changes.length, 1);
	const [change = assert.fail()] = changes;
	assert.equal(change.task_type, "BUILD");
	assert.ok(Math.abs(change.since_ms - 700) < 15, String(change.since_ms));
	assert.ok(change.percent < -15 && change.percent > -35);
	const near = (at: number, shift: number) =>
		assert.ok(Math.abs((shifts[at] ?? 9) - shift) < 0.1, `${at} ${shifts[at]}`);
	near(0, 0.3);
	near(600, -0.3);
	assert.equal(shifts[799], 0);
});

test("findChanges: nothing in noise, in a few tickets, and in a change of a twentieth", () => {
	for (const levels of [
		[[2_000, 0]],
		[
			[2_000, 0],
			[10, 0.5],
		],
		[
			[3_000, 0],
			[3_000, 0.05],
		],
	] satisfies [number, number][][]) {
		const { tickets, residuals } = residualsOf(...levels);
		const { shifts, changes } = findChanges(tickets, residuals);
		assert.deepEqual(changes, []);
		assert.ok(shifts.every((shift) => shift === 0));
	}
});

test("fitModel: says what a type takes since it has changed, a few days after a month of other times", () => {
	const tickets = makeHistory({
		tickets: 8_000,
		rampDays: 0.001,
		driftDay: 27,
	});
	const model = fitModel(
		tickets.filter(({ day }) => day < 29.5),
		{ name: "durations" },
	);
	assert.ok(model);
	const { changes = [] } = model.trained;
	assert.deepEqual(changes.map(({ task_type }) => task_type).toSorted(), [
		...["BUILD", "QUERY"],
	]);
	// The same tickets, had it always been as it is at the end.
	const next = makeHistory({ tickets: 8_000, driftDay: -9 });
	for (const type of ["BUILD", "QUERY"] satisfies MadeType[]) {
		const own = next.filter((one) => one.completed && one.task_type === type);
		const off = median(
			own.map(
				(one) => Math.log(one.actual_duration_ms) - quantilesOf(one, model).p50,
			),
		);
		assert.ok(Math.abs(off) < 0.12, `${type} ${off}`);
	}
	assert.deepEqual(calmModel.trained.changes, []);
});
