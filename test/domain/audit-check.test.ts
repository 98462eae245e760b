import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type AuditHead,
	appendRecord,
	auditKey,
	auditPrefix,
	hashOf,
} from "../../src/domain/audit-chain.ts";
import {
	type AuditFault,
	createAuditCheck,
	type KeptRecord,
} from "../../src/domain/audit-check.ts";

interface Trail {
	records: KeptRecord[];
	head: AuditHead;
}

/** A sound trail of so many records. */
function trailOf(
	count: number,
	start: AuditHead | null = null,
	atMs = 1_000,
): Trail {
	const records: KeptRecord[] = [];
	let head = start;
	for (let index = 0; index < count; index++) {
		const moment = {
			planId: "p:1",
			planHash: "h",
			atMs: atMs + index,
			trailStartMs: atMs,
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
	heads: readonly AuditHead[] = [],
	revision = "9",
): Pick<AuditFault, "kind" | "sequence"> | undefined {
	const check = createAuditCheck("p:1", { head, revision }, heads);
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
	assert.equal(check([], null), undefined);
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
	assert.equal(check(landing, head, [], "2"), undefined);
	const forged = changed(trail, 3, () => ({ actor: "eve" })).slice(0, 4);
	assert.deepEqual(check(forged, head, [], "2"), {
		kind: "altered",
		sequence: 4,
	});
});

test("audit check: a trail that began when nobody knew of the one before stands beside it", () => {
	const old = trailOf(3);
	const { records, head } = trailOf(2, null, 5_000);
	assert.equal(check([...old.records, ...records], head), undefined);
	const cut = old.records.toSpliced(1, 1);
	assert.deepEqual(check([...cut, ...records], head), {
		kind: "missing",
		sequence: 2,
	});
});

test("auditKey: no plan's records lie among those of another", () => {
	const head = { trail: 1, sequence: 1, hash: "" };
	assert.ok(!auditKey("p:1", head).startsWith(auditPrefix("p")));
	assert.ok(
		auditKey("p", { ...head, sequence: 10 }) >
			auditKey("p", { ...head, sequence: 9 }),
	);
});
