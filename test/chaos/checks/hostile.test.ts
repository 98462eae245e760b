import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostileRecord } from "../../hostile/attacker.ts";
import type { Books, HostileBook, Vitals } from "../books.ts";
import { soundBooks } from "../sound-books.ts";
import { checkHostile } from "./hostile.ts";
import { checkLateness } from "./lateness.ts";
import { checkVitals } from "./vitals.ts";

const record = (
	offset: number,
	fields: Partial<HostileRecord> = {},
): HostileRecord => ({
	topic: "t",
	partition: 0,
	offset: String(offset),
	kind: "result",
	what: "flood",
	...fields,
});
const booksWith = (hostile: Partial<HostileBook>): Books => ({
	...soundBooks(),
	hostile: {
		records: [],
		places: new Set(),
		traces: new Set(),
		believed: new Set(),
		counted: 0,
		...hostile,
	},
});
const told = (books: Books) =>
	checkHostile(books).map(({ kind, what }) => `${kind}: ${what}`);

test("checkHostile: a record without a trace is lost, one of them names all of its sort", () => {
	const records = [record(1), record(2), record(3)];
	const books = booksWith({ records, traces: new Set(["t/0/2"]) });
	assert.deepEqual(told(books), ["lost: flood: 2 of 3 left no trace"]);
	const traces = new Set(["t/0/1", "t/0/2", "t/0/3"]);
	assert.deepEqual(told(booksWith({ records, traces })), []);
});

test("checkHostile: results may be counted without a name, once each; nothing else may", () => {
	const records = [record(1), record(2), record(3)];
	assert.deepEqual(told(booksWith({ records, counted: 3 })), []);
	assert.deepEqual(told(booksWith({ records, counted: 2 })), [
		"lost: flood: 1 of 3 left no trace",
	]);
	const letter = record(1, { kind: "letter" });
	assert.deepEqual(told(booksWith({ records: [letter], counted: 3 })), [
		"lost: flood: 1 of 1 left no trace",
	]);
});

test("checkHostile: what says that it comes from elsewhere may be found there; a report leaves none", () => {
	const alias = { topic: "forged", partition: 0, offset: "9" };
	const records = [record(1, { alias }), record(2, { isReport: true })];
	const books = booksWith({ records, traces: new Set(["forged/0/9"]) });
	assert.deepEqual(told(books), []);
});

test("checkHostile: one that ended a ticket's attempt was believed", () =>
	assert.deepEqual(
		told(booksWith({ records: [record(1)], believed: new Set(["t/0/1"]) })),
		["failure: flood: it was believed and ended an attempt"],
	));

test("checkLateness: longer than usual by more than is allowed, from when it was let run", () => {
	const books = soundBooks();
	const terms = { ...books.terms, maxLateMs: 1_000 };
	// Both plans took about 8.5 s, one of them before the fault struck.
	assert.deepEqual(checkLateness({ ...books, terms, struckAtMs: 9_600 }), []);
	const late = checkLateness({ ...books, terms });
	assert.deepEqual(
		late.map(({ kind, subject }) => `${kind} ${subject}`),
		["late good", "late bad", "late odd"],
	);
	const held = books.plans.map((plan) => ({ ...plan, heldUntilMs: 9_000 }));
	assert.deepEqual(checkLateness({ ...books, terms, plans: held }), []);
	assert.deepEqual(checkLateness(books), []);
});

test("checkVitals: tight terms: a tenth of heap, and never a gigabyte", () => {
	const vitals = (heapMb: number, peakRssMb: number): Vitals => ({
		heapMb,
		peakRssMb,
		rssMb: 200,
		descriptors: 1,
		resources: {},
	});
	const find = (memory: "tight" | undefined, after: Vitals) => {
		const books = soundBooks();
		const terms = { ...books.terms, ...(memory && { memory }) };
		const pair = { process: "intake", before: vitals(100, 300), after };
		return checkVitals({ ...books, terms, vitals: [pair] }).length;
	};
	assert.equal(find("tight", vitals(109, 900)), 0);
	assert.equal(find("tight", vitals(111, 900)), 1);
	assert.equal(find("tight", vitals(100, 1_100)), 1);
	assert.equal(find(undefined, vitals(139, 1_100)), 0);
});
