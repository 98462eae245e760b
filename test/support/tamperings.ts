import assert from "node:assert/strict";
import {
	type AuditState,
	extend,
	headAt,
	recordsOf,
	rehashed,
	type StoredPlan,
} from "./audit-states.ts";

/** The plan that is tampered with. */
export const VICTIM = "p";

function planOf({ plans }: AuditState): StoredPlan {
	return plans.get(`orch-${VICTIM}`) ?? assert.fail();
}

function recordAt(state: AuditState, index: number) {
	return recordsOf(state, VICTIM).at(index) ?? assert.fail();
}

function cutTail(state: AuditState, count: number): void {
	for (const { _id } of recordsOf(state, VICTIM).slice(-count))
		state.records.delete(_id);
}

function setHeadBack(state: AuditState): void {
	planOf(state).audit_head = headAt(recordAt(state, -1));
}

function deleteAll(state: AuditState): void {
	cutTail(state, Infinity);
}

/**
 * What somebody who may write to the database can do to the trail of a plan; `needsWitness`: what is
 * stored alone does not show it.
 */
export const tamperings: Record<
	string,
	{ tamper(state: AuditState): void; needsWitness?: boolean }
> = {
	"a field edited": {
		tamper(state) {
			const record = recordAt(state, 2);
			state.records.set(record._id, { ...record, actor: "eve" });
		},
	},
	"a record edited and rehashed": {
		tamper(state) {
			const record = recordAt(state, 2);
			state.records.set(record._id, rehashed(record, { actor: "eve" }));
		},
	},
	"the last record edited and rehashed, and the head with it": {
		needsWitness: true,
		tamper(state) {
			const record = recordAt(state, -1);
			state.records.set(record._id, rehashed(record, { actor: "eve" }));
			setHeadBack(state);
		},
	},
	"two records swapped": {
		tamper({ records }) {
			const [one, other] = [1, 2].map((index) =>
				recordAt({ records, plans: new Map() }, index),
			);
			assert.ok(one && other);
			records.set(one._id, { ...other, _id: one._id });
			records.set(other._id, { ...one, _id: other._id });
		},
	},
	"the last record deleted": { tamper: (state) => cutTail(state, 1) },
	"the tail cut with the head set back": {
		needsWitness: true,
		tamper(state) {
			cutTail(state, 2);
			setHeadBack(state);
		},
	},
	"the head set back, so that the tail counts for nothing": {
		needsWitness: true,
		tamper(state) {
			planOf(state).audit_head = headAt(recordAt(state, 2));
		},
	},
	"the tail cut with the head set back and finished_at moved": {
		needsWitness: true,
		tamper(state) {
			cutTail(state, 2);
			setHeadBack(state);
			planOf(state).finished_at += 1;
		},
	},
	"the head set to null": {
		tamper(state) {
			planOf(state).audit_head = null;
		},
	},
	"the head set to null with all records deleted": {
		tamper(state) {
			planOf(state).audit_head = null;
			deleteAll(state);
		},
	},
	"the plan document deleted": {
		tamper(state) {
			state.plans.delete(`orch-${VICTIM}`);
		},
	},
	"the tail cut with the plan document deleted": {
		tamper(state) {
			cutTail(state, 2);
			state.plans.delete(`orch-${VICTIM}`);
		},
	},
	"the plan document deleted with all records": {
		needsWitness: true,
		tamper(state) {
			deleteAll(state);
			state.plans.delete(`orch-${VICTIM}`);
		},
	},
	"everything replaced by a younger trail": {
		needsWitness: true,
		tamper(state) {
			deleteAll(state);
			const count = 5;
			planOf(state).audit_head = extend(state, VICTIM, { count, trail: 2_000 });
		},
	},
	"everything replaced by another trail of the same time": {
		needsWitness: true,
		tamper(state) {
			deleteAll(state);
			planOf(state).audit_head = extend(state, VICTIM, {
				count: 6,
				actor: "eve",
			});
		},
	},
	"a second trail with the first one's tail cut": {
		tamper(state) {
			const formerHash = recordAt(state, -1).hash;
			cutTail(state, 2);
			planOf(state).audit_head = extend(state, VICTIM, {
				count: 2,
				trail: 2_000,
				formerHash,
			});
		},
	},
	"a second trail that names the end of the first one's cut tail": {
		needsWitness: true,
		tamper(state) {
			cutTail(state, 2);
			const formerHash = recordAt(state, -1).hash;
			planOf(state).audit_head = extend(state, VICTIM, {
				count: 2,
				trail: 2_000,
				formerHash,
			});
		},
	},
	"a second trail that names none": {
		tamper(state) {
			planOf(state).audit_head = extend(state, VICTIM, {
				count: 2,
				trail: 2_000,
			});
		},
	},
	"a trail set before the first one": {
		tamper: (state) => void extend(state, VICTIM, { count: 2, trail: 500 }),
	},
	"a field added": {
		tamper(state) {
			const record = recordAt(state, 2);
			const more = { ...record, approved_by: "the board" };
			state.records.set(record._id, more);
		},
	},
	"a record that says it closes what was purged, in place of all": {
		needsWitness: true,
		tamper(state) {
			const last = recordAt(state, -1);
			deleteAll(state);
			const closing = rehashed(last, {
				action: "purge",
				sequence: last.sequence,
			});
			state.records.set(closing._id, closing);
			setHeadBack(state);
		},
	},
};
