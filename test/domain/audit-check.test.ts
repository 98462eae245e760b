import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type AuditHead,
	appendRecord,
	auditKey,
	auditPrefix,
	hashOf,
} from "../../src/domain/audit-chain.ts";
import { createAuditCheck } from "../../src/domain/audit-check.ts";
import type {
	AuditFault,
	KeptRecord,
	RunHead,
} from "../../src/domain/audit-heads.ts";

interface Trail {
	records: KeptRecord[];
	head: AuditHead;
}

/** A sound trail of so many records. */
function trailOf(
	count: number,
	start: AuditHead | null = null,
	atMs = 1_000,
	formerHash: string | null = null,
): Trail {
	const records: KeptRecord[] = [];
	let head = start;
	for (let index = 0; index < count; index++) {
		const moment = {
			planId: "p:1",
			planHash: "h",
			atMs: atMs + index,
			trailStartMs: atMs,
			formerHash,
		};
		const step = appendRecord(head, moment, {
			actor: "ada",
			action: "pause",
			reason: `reason ${index}`,
			details: { count: index },
		});
		head = step.head;
		const _id = auditKey("p:1", head);
		records.push({ ...step.record, _id, revision: String(index) });
	}
	return { records, head: head as AuditHead };
}

function check(
	records: readonly KeptRecord[],
	head: AuditHead | null,
	given: readonly AuditHead[] = [],
	revision = "9",
	run?: RunHead,
): Pick<AuditFault, "kind" | "sequence"> | undefined {
	const plan = { head, revision };
	const check = createAuditCheck("p:1", { plan, run, given });
	const inOrder = records.toSorted((a, b) => (a._id < b._id ? -1 : 1));
	for (const record of inOrder) check.take(record);
	const fault = check.end();
	return fault && { kind: fault.kind, sequence: fault.sequence };
}

function changed(
	{ records }: Trail,
	index: number,
	change: (record: KeptRecord) => Partial<KeptRecord>,
): KeptRecord[] {
	return records.map((record, at) =>
		at === index ? { ...record, ...change(record) } : record,
	);
}

test("audit check: a sound trail has no fault, whatever the order of its fields", () => {
	const { records, head } = trailOf(12);
	assert.equal(check(records, head), undefined);
	const turned = records.map(
		(record) =>
			Object.fromEntries(
				Object.entries(record).toReversed(),
			) as unknown as KeptRecord,
	);
	assert.equal(check(turned, head, [head]), undefined);
});

test("audit check: a plan whose document names no end has none that could be checked", () => {
	const { records } = trailOf(3);
	const headless = { kind: "head", sequence: 0 };
	assert.deepEqual(check(records, null), headless);
	assert.deepEqual(check([], null), headless);
	const noPlan = createAuditCheck("p:1", { plan: undefined });
	for (const record of records) noPlan.take(record);
	assert.equal(noPlan.end()?.kind, "head");
	assert.equal(
		createAuditCheck("p:1", { plan: undefined }).end(),
		undefined,
		"nobody's plan",
	);
});

for (const [what, change] of Object.entries<
	(record: KeptRecord) => Partial<KeptRecord>
>({
	"another actor": () => ({ actor: "eve" }),
	"another reason": () => ({ reason: "" }),
	"another time": ({ at }) => ({ at: at - 1 }),
	"another detail": () => ({ details: { count: 7 } }),
	"another plan": () => ({ plan_hash: null }),
	"another hash": () => ({ hash: "0".repeat(64) }),
}))
	test(`audit check: a record with ${what} is altered`, () => {
		const trail = trailOf(5);
		for (const index of [0, 2, 4])
			assert.deepEqual(check(changed(trail, index, change), trail.head), {
				kind: "altered",
				sequence: index + 1,
			});
	});

test("audit check: an altered record with a hash to match is found by the record after it, or by the head", () => {
	const trail = trailOf(5);
	const forge = (record: KeptRecord) => {
		const forged = { ...record, actor: "eve" };
		return { ...forged, hash: hashOf(forged) };
	};
	for (const index of [0, 2, 4])
		assert.deepEqual(check(changed(trail, index, forge), trail.head), {
			kind: "altered",
			sequence: index + 1,
		});
});

test("audit check: a trail written anew from one record on is found by any head that is known", () => {
	const trail = trailOf(5);
	const [first, second] = trail.records;
	assert.ok(first && second);
	const start = { trail: first.trail, sequence: 2, hash: second.hash };
	const rewritten = trailOf(3, start, 9_000);
	const records = [first, second, ...rewritten.records];
	assert.equal(check(records, rewritten.head), undefined);
	assert.deepEqual(check(records, rewritten.head, [trail.head]), {
		kind: "altered",
		sequence: 5,
	});
});

test("audit check: the first of several faults is named", () => {
	const trail = trailOf(6);
	const records = changed(trail, 4, () => ({ actor: "eve" })).toSpliced(1, 1);
	assert.deepEqual(check(records, trail.head), {
		kind: "missing",
		sequence: 2,
	});
});

test("audit check: records that are gone", () => {
	const trail = trailOf(6);
	for (const index of [0, 3])
		assert.deepEqual(check(trail.records.toSpliced(index, 2), trail.head), {
			kind: "missing",
			sequence: index + 1,
		});
	assert.deepEqual(check(trail.records.slice(0, 4), trail.head), {
		kind: "truncated",
		sequence: 5,
	});
	assert.deepEqual(check([], trail.head), { kind: "truncated", sequence: 1 });
});

test("audit check: a tail that was cut off with the plan's own head is found by the frame's", () => {
	const trail = trailOf(6);
	const [, , third] = trail.records;
	assert.ok(third);
	const head = { trail: third.trail, sequence: 3, hash: third.hash };
	const records = trail.records.slice(0, 3);
	assert.equal(check(records, head), undefined);
	assert.deepEqual(check(records, head, [trail.head]), {
		kind: "truncated",
		sequence: 4,
	});
});

test("audit check: two records that changed places are reordered", () => {
	const trail = trailOf(5);
	const records = trail.records.map((record, index) => {
		const from = { 1: 2, 2: 1 }[index] ?? index;
		return { ...(trail.records[from] as KeptRecord), _id: record._id };
	});
	assert.deepEqual(check(records, trail.head), {
		kind: "reordered",
		sequence: 2,
	});
});

test("audit check: what a lost try has left beyond the end counts for nothing, what comes after it does", () => {
	const trail = trailOf(5);
	const [, , third, fourth] = trail.records;
	assert.ok(third && fourth);
	const head = { trail: third.trail, sequence: 3, hash: third.hash };
	const lost = changed(trail, 3, () => ({ actor: "lost" })).slice(0, 4);
	assert.equal(check(lost, head, [], "3"), undefined);
	const landing = trail.records.slice(0, 4);
	const open: RunHead = { state: "open", head };
	assert.equal(check(landing, head, [], "2", open), undefined);
	assert.deepEqual(check(landing, head, [], "2"), {
		kind: "head",
		sequence: 4,
	});
	assert.deepEqual(check(lost, head, [trail.head], "3"), {
		kind: "altered",
		sequence: 4,
	});
	const forged = changed(trail, 3, () => ({ actor: "eve" })).slice(0, 4);
	assert.deepEqual(check(forged, head, [], "2"), {
		kind: "altered",
		sequence: 4,
	});
});

test("audit check: a new trail names the last record of the one before", () => {
	const old = trailOf(3);
	const next = trailOf(2, null, 5_000, old.head.hash);
	const both = [...old.records, ...next.records];
	assert.equal(check(both, next.head, [old.head]), undefined);
	assert.deepEqual(check(both.toSpliced(1, 1), next.head), {
		kind: "missing",
		sequence: 2,
	});
	assert.deepEqual(check(both.toSpliced(2, 1), next.head), {
		kind: "second_trail",
		sequence: 1,
	});
	assert.deepEqual(check(next.records, next.head), {
		kind: "missing",
		sequence: 1,
	});
	const unlinked = trailOf(2, null, 5_000);
	assert.deepEqual(
		check([...old.records, ...unlinked.records], unlinked.head),
		{ kind: "second_trail", sequence: 1 },
	);
});

test("audit check: every head that is known must be there, whichever trail it is of", () => {
	const old = trailOf(3);
	const next = trailOf(4, null, 5_000);
	assert.deepEqual(check(next.records, next.head, [old.head]), {
		kind: "truncated",
		sequence: 1,
	});
});

test("audit check: of what was purged its last record's hash is left, in the record that closes it", () => {
	const trail = trailOf(4);
	const { record, head } = appendRecord(
		trail.head,
		{ planId: "p:1", planHash: null, atMs: 9, trailStartMs: 9 },
		{ actor: "ada", action: "purge", reason: "older than a year" },
	);
	const kept = { ...record, _id: auditKey("p:1", head), revision: "9" };
	assert.equal(check([kept], head, [trail.head]), undefined);
	const other = { ...trail.head, hash: "0".repeat(64) };
	assert.deepEqual(check([kept], head, [other]), {
		kind: "altered",
		sequence: 4,
	});
	const run: RunHead = { state: "ended", head: trail.head };
	assert.deepEqual(check([kept], head, [], "9", run), {
		kind: "head",
		sequence: 5,
	});
});

test("audit check: a field that no record has is not overlooked", () => {
	const trail = trailOf(3);
	const more = changed(trail, 1, () => ({ approved: true }) as never);
	assert.deepEqual(check(more, trail.head), { kind: "altered", sequence: 2 });
});

test("auditKey: no plan's records lie among those of another", () => {
	const head = { trail: 1, sequence: 1, hash: "" };
	assert.ok(!auditKey("p:1", head).startsWith(auditPrefix("p")));
	assert.ok(
		auditKey("p", { ...head, sequence: 10 }) >
			auditKey("p", { ...head, sequence: 9 }),
	);
});
