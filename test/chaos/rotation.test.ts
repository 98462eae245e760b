import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fault } from "./fault.ts";
import { chooseByDate, dateOf, dayOf } from "./rotation.ts";

const tableOf = (...seconds: number[]) =>
	seconds.map((shortSeconds, at) => ({
		name: `fault-${at + 1}`,
		number: at + 1,
		shortSeconds,
	})) as Fault[];
const chosen = (table: Fault[], day: number, budgetSeconds = 100) =>
	chooseByDate(table, day, budgetSeconds).faults.map(({ number }) => number);

test("chooseByDate: as many neighbours as fit, the next ones on the next day", () => {
	const table = tableOf(40, 40, 40, 60, 90);
	assert.deepEqual(chosen(table, 0), [1, 2]);
	assert.deepEqual(chosen(table, 1), [3, 4]);
	assert.deepEqual(chosen(table, 2), [5]);
	assert.deepEqual(chosen(table, 3), [1, 2]);
});

test("chooseByDate: what is left of a day goes to what comes next in the circle", () => {
	const table = tableOf(60, 60, 20);
	assert.deepEqual(chosen(table, 0), [1]);
	assert.deepEqual(chosen(table, 1), [2, 3]);
	assert.deepEqual(chosen(tableOf(60, 60, 20, 10), 1), [2, 3, 4]);
	assert.deepEqual(chosen(tableOf(30, 60, 20), 0), [1, 2]);
	assert.deepEqual(chosen(tableOf(30, 60, 20), 1), [1, 3]);
});

test("chooseByDate: with room for all, all run every day", () =>
	assert.deepEqual(chosen(tableOf(30, 30, 30), 5), [1, 2, 3]));

test("chooseByDate: one that is larger than the budget has a day of its own", () => {
	const table = tableOf(10, 300, 10);
	assert.deepEqual(chosen(table, 1), [2]);
	assert.deepEqual(chosen(table, 2), [1, 3]);
});

test("chooseByDate: every seven days have every fault, and what cannot is refused", () => {
	const table = tableOf(...Array.from({ length: 14 }, () => 50));
	for (let first = 20_000; first < 20_010; first += 1) {
		const week = Array.from({ length: 7 }, (_, at) =>
			chosen(table, first + at),
		);
		assert.equal(new Set(week.flat()).size, table.length);
	}
	const tooMany = tableOf(...Array.from({ length: 15 }, () => 50));
	assert.throws(() => chooseByDate(tooMany, 1, 100), /more than a week/);
});

test("dayOf: a day there and back; what is no day is refused", () => {
	assert.equal(dateOf(dayOf("2026-11-30")), "2026-11-30");
	assert.equal(dayOf("1970-01-02"), 1);
	for (const wrong of ["2026-02-31", "2026-13-01", "today", "", "20261130"])
		assert.throws(() => dayOf(wrong), /--date/);
});
