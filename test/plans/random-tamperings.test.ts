import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AuditHead } from "../../src/domain/audit-chain.ts";
import type { KeptRecord } from "../../src/domain/audit-heads.ts";
import { verifyAll } from "../../src/plans/verify-all-audits.ts";
import { verifyPlan } from "../../src/plans/verify-audit.ts";
import {
	type AuditState,
	extend,
	headAt,
	recordsOf,
	rehashed,
	runsOf,
	soundState,
	trailsOf,
} from "../support/audit-states.ts";

const PLAN = "p";
const KEY = `orch-${PLAN}`;

/** One thing that somebody may do who can write to the database; numbers choose what it is done to. */
type Act = (state: AuditState, at: number, other: number) => void;

function recordAt(state: AuditState, at: number): KeptRecord | undefined {
	const records = recordsOf(state, PLAN);
	return records[at % Math.max(1, records.length)];
}

/** Writes the trail anew from this record on, as the service would have. */
function rewriteFrom(state: AuditState, first: KeptRecord): void {
	let before: KeptRecord | undefined;
	for (const record of recordsOf(state, PLAN)) {
		if (record._id >= first._id) {
			const previous_hash = before?.hash ?? record.previous_hash;
			state.records.set(record._id, rehashed(record, { previous_hash }));
		}
		before = state.records.get(record._id);
	}
}

function setHead(state: AuditState, head: AuditHead | null): void {
	const plan = state.plans.get(KEY);
	if (plan !== undefined) plan.audit_head = head;
}

const edits: Partial<KeptRecord>[] = [
	{ actor: "eve" },
	{ reason: "" },
	{ at: 1 },
	{ details: { more: 1 } },
	{ plan_hash: null },
	{ plan_id: "q" },
	{ trail: 2_000 },
	{ previous_hash: null },
	{ action: "purge" },
	{ extra: true } as never,
];

const acts: Record<string, Act> = {
	edit(state, at, other) {
		const record = recordAt(state, at);
		if (record !== undefined)
			state.records.set(record._id, {
				...record,
				...edits[other % edits.length],
			});
	},
	"edit and rehash"(state, at, other) {
		const record = recordAt(state, at);
		if (record !== undefined)
			state.records.set(
				record._id,
				rehashed(record, edits[other % edits.length] ?? {}),
			);
	},
	"edit and rewrite what follows"(state, at, other) {
		acts["edit and rehash"]?.(state, at, other);
		const record = recordAt(state, at);
		if (record !== undefined) rewriteFrom(state, record);
	},
	swap(state, at, other) {
		const [one, two] = [recordAt(state, at), recordAt(state, other)];
		if (one === undefined || two === undefined) return;
		state.records.set(one._id, { ...two, _id: one._id });
		state.records.set(two._id, { ...one, _id: two._id });
	},
	"delete one"(state, at) {
		const record = recordAt(state, at);
		if (record !== undefined) state.records.delete(record._id);
	},
	"cut the tail"(state, at) {
		for (const { _id } of recordsOf(state, PLAN).slice(at % 8))
			state.records.delete(_id);
	},
	"set the head to a record"(state, at) {
		const record = recordAt(state, at);
		setHead(state, record === undefined ? null : headAt(record));
	},
	"set the head to the last record"(state) {
		const record = recordsOf(state, PLAN).at(-1);
		setHead(state, record === undefined ? null : headAt(record));
	},
	"take the head away": (state) => setHead(state, null),
	"delete the document": (state) => void state.plans.delete(KEY),
	"make the document older or newer"(state, at) {
		const plan = state.plans.get(KEY);
		if (plan !== undefined) plan.revision = at % 2 === 0 ? "0" : "9";
	},
	"make a record older or newer"(state, at, other) {
		const record = recordAt(state, at);
		if (record !== undefined)
			state.records.set(record._id, {
				...record,
				revision: other % 2 === 0 ? "0" : "9",
			});
	},
	"begin another trail"(state, at, other) {
		const before = recordAt(state, at);
		const trail = [500, 1_000, 2_000][other % 3] ?? 0;
		const formerHash = other % 2 === 0 ? (before?.hash ?? null) : null;
		const count = 1 + (at % 3);
		extend(state, PLAN, { count, trail, formerHash, actor: "eve" });
	},
	"go on from the end"(state, at) {
		const last = recordsOf(state, PLAN).at(-1);
		const head = last === undefined ? null : headAt(last);
		extend(state, PLAN, { count: 1 + (at % 3), head, actor: "eve" });
	},
};

const script = fc.array(
	fc.record({
		act: fc.constantFrom(...Object.keys(acts)),
		at: fc.nat(7),
		other: fc.nat(29),
	}),
	{ minLength: 1, maxLength: 5 },
);

const original = soundState({ [PLAN]: 6, q: 3 });
const last = headAt(recordsOf(original, PLAN).at(-1) ?? assert.fail());
const ended = runsOf({ [PLAN]: { state: "ended", head: last } });

/** Whether every record is as it was written: revisions are no part of it. */
function isWhole(state: AuditState): boolean {
	const text = (records: KeptRecord[]) =>
		JSON.stringify(records.map(({ revision, ...record }) => record));
	const now = recordsOf(state, PLAN).filter(({ _id }) =>
		original.records.has(_id),
	);
	return text(now) === text(recordsOf(original, PLAN));
}

/** Whether who reads the trail now reads that and nothing else. */
function isUntouched(state: AuditState, counted: number): boolean {
	const head = state.plans.get(KEY)?.audit_head;
	return (
		isWhole(state) &&
		counted === recordsOf(original, PLAN).length &&
		JSON.stringify(head) === JSON.stringify(last)
	);
}

test("audit verify: no random tampering stays unseen by who knows the last record", async () => {
	let seen = 0;
	await fc.assert(
		fc.asyncProperty(script, async (steps) => {
			const state = soundState({ [PLAN]: 6, q: 3 });
			for (const { act, at, other } of steps) acts[act]?.(state, at, other);
			const trails = trailsOf(state);
			const nobody = runsOf({});
			const byRun = await verifyPlan({ trails, runs: ended }, PLAN);
			const byHead = await verifyPlan({ trails, runs: nobody }, PLAN, [last]);
			const all = await verifyAll({ trails, runs: ended });
			const untouched = isUntouched(state, byRun.records);
			if (!untouched) seen += 1;
			assert.equal(byRun.ok, untouched);
			assert.equal(all.ok, untouched);
			// A head vouches for what lies before it: the plan may have gone on since.
			if (untouched) assert.ok(byHead.ok);
			if (!isWhole(state)) assert.ok(!byHead.ok);
		}),
		{ numRuns: 2_000 },
	);
	assert.ok(seen > 1_000, `${seen} of them changed something`);
});
