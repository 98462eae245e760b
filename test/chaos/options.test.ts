import assert from "node:assert/strict";
import { test } from "node:test";
import { faultTable } from "./fault-table.ts";
import { listFaults, readOptions } from "./options.ts";
import { dayOf } from "./rotation.ts";

const namesOf = (...args: string[]) =>
	readOptions(args).faults.map(({ name }) => name);

test("readOptions: a fault is asked for by its name or its number, or both", () => {
	assert.deepEqual(namesOf("--fault", "frozen"), ["frozen"]);
	assert.deepEqual(namesOf("--fault", "3"), ["kafka-away"]);
	assert.deepEqual(namesOf("--fault", "frozen,3, 11"), [
		"kafka-away",
		"frozen",
	]);
	assert.deepEqual(namesOf("--short", "--fault", "malformed"), ["malformed"]);
	assert.throws(
		() => readOptions(["--fault", "3,frost"]),
		/no fault frost; there are:\n +1 {2}worker-killed/,
	);
});

test("readOptions: all faults, unless --short chooses by date", () => {
	assert.equal(readOptions([]).faults, faultTable);
	assert.equal(readOptions(["--short", "--all"]).faults, faultTable);
	const { faults, day } = readOptions(["--short"], "2026-11-30");
	assert.equal(day, dayOf("2026-11-30"));
	assert.ok(faults.length > 0);
	assert.deepEqual(
		readOptions(["--short", "--date", "2026-11-30"]).faults,
		faults,
	);
});

test("readOptions: a week of --short runs every fault", () => {
	const week = Array.from({ length: 7 }, (_, at) =>
		readOptions(["--short"], `2026-12-0${at + 1}`),
	);
	const names = week.flatMap(({ faults }) => faults.map(({ name }) => name));
	assert.equal(new Set(names).size, faultTable.length);
});

test("faultTable: numbers and names are those of the list, each once", () => {
	assert.deepEqual(
		faultTable.map(({ number }) => number),
		faultTable.map((_, at) => at + 1),
	);
	const names = faultTable.map(({ name }) => name);
	assert.equal(new Set(names).size, names.length);
	for (const name of names) {
		assert.match(name, /^[a-z]+(-[a-z]+)*$/);
		assert.match(listFaults(), new RegExp(` ${name} `));
	}
});
