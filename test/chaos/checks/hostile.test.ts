import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostileRecord } from "../../hostile/attacker.ts";
import type { Evidence, HostileBook, Vitals } from "../evidence.ts";
import { soundEvidence } from "../sound-evidence.ts";
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
const evidenceWith = (hostile: Partial<HostileBook>): Evidence => ({
	...soundEvidence(),
	hostile: {
		records: [],
		places: new Set(),
		traces: new Set(),
		believed: new Set(),
		counted: 0,
		...hostile,
	},
});
const told = (evidence: Evidence) =>
	checkHostile(evidence).map(({ kind, what }) => `${kind}: ${what}`);

test("checkHostile: a record without a trace is lost, one of them names all of its sort", () => {
	const records = [record(1), record(2), record(3)];
	const evidence = evidenceWith({ records, traces: new Set(["t/0/2"]) });
	assert.deepEqual(told(evidence), ["lost: flood: 2 of 3 left no trace"]);
	const traces = new Set(["t/0/1", "t/0/2", "t/0/3"]);
	assert.deepEqual(told(evidenceWith({ records, traces })), []);
});

test("checkHostile: results may be counted without a name, once each; nothing else may", () => {
	const records = [record(1), record(2), record(3)];
	assert.deepEqual(told(evidenceWith({ records, counted: 3 })), []);
	assert.deepEqual(told(evidenceWith({ records, counted: 2 })), [
		"lost: flood: 1 of 3 left no trace",
	]);
	const letter = record(1, { kind: "letter" });
	assert.deepEqual(told(evidenceWith({ records: [letter], counted: 3 })), [
		"lost: flood: 1 of 1 left no trace",
	]);
});

test("checkHostile: what says that it comes from elsewhere may be found there; a report leaves none", () => {
	const alias = { topic: "forged", partition: 0, offset: "9" };
	const records = [record(1, { alias }), record(2, { isReport: true })];
	const evidence = evidenceWith({ records, traces: new Set(["forged/0/9"]) });
	assert.deepEqual(told(evidence), []);
});

test("checkHostile: one that ended a ticket's attempt was believed", () =>
	assert.deepEqual(
		told(evidenceWith({ records: [record(1)], believed: new Set(["t/0/1"]) })),
		["failure: flood: it was believed and ended an attempt"],
	));

test("checkLateness: longer than usual by more than is allowed, from when it was let run", () => {
	const evidence = soundEvidence();
	const terms = { ...evidence.terms, maxLateMs: 1_000 };
	// Both plans took about 8.5 s, one of them before the fault struck.
	assert.deepEqual(
		checkLateness({ ...evidence, terms, struckAtMs: 9_600 }),
		[],
	);
	const late = checkLateness({ ...evidence, terms });
	assert.deepEqual(
		late.map(({ kind, subject }) => `${kind} ${subject}`),
		["late good", "late bad", "late odd"],
	);
	const held = evidence.plans.map((plan) => ({ ...plan, heldUntilMs: 9_000 }));
	assert.deepEqual(checkLateness({ ...evidence, terms, plans: held }), []);
	assert.deepEqual(checkLateness(evidence), []);
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
		const evidence = soundEvidence();
		const terms = { ...evidence.terms, ...(memory && { memory }) };
		const pair = { process: "intake", before: vitals(100, 300), after };
		return checkVitals({ ...evidence, terms, vitals: [pair] }).length;
	};
	assert.equal(find("tight", vitals(109, 900)), 0);
	assert.equal(find("tight", vitals(111, 900)), 1);
	assert.equal(find("tight", vitals(100, 1_100)), 1);
	assert.equal(find(undefined, vitals(139, 1_100)), 0);
});
