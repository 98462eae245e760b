import {
	type AuditHead,
	appendRecord,
	auditKey,
	hashOf,
} from "../../src/domain/audit-chain.ts";
import type { KeptRecord, RunHead } from "../../src/domain/audit-heads.ts";
import type { AuditRuns, AuditTrails } from "../../src/plans/audit-ports.ts";

/** A plan's document, as far as its trail is concerned. */
export interface StoredPlan {
	_id: string;
	plan_id: string;
	kind: "plan";
	audit_head: AuditHead | null;
	audit_signature?: string;
	finished_at: number;
	revision: string;
}

/** What MongoDB has of the audit, by key. */
export interface AuditState {
	records: Map<string, KeptRecord>;
	plans: Map<string, StoredPlan>;
}

/** Sound trails of these plans: so many records each, which begin at 1,000. */
export function soundState(plans: Record<string, number>): AuditState {
	const state: AuditState = { records: new Map(), plans: new Map() };
	for (const [planId, count] of Object.entries(plans)) {
		const head = extend(state, planId, { count });
		state.plans.set(`orch-${planId}`, {
			_id: `orch-${planId}`,
			plan_id: planId,
			kind: "plan",
			audit_head: head,
			finished_at: 9,
			revision: "5",
		});
	}
	return state;
}

export interface Extension {
	count: number;
	/** null: a new trail, which begins at `trail`. */
	head?: AuditHead | null;
	trail?: number;
	formerHash?: string | null;
	actor?: string;
}

/** Appends so many sound records; answers the new head. */
export function extend(
	{ records }: AuditState,
	planId: string,
	{
		count,
		head = null,
		trail = 1_000,
		formerHash = null,
		actor = "ada",
	}: Extension,
): AuditHead | null {
	let last = head;
	for (let index = 0; index < count; index++) {
		const moment = {
			planId,
			planHash: "h",
			atMs: trail + index,
			trailStartMs: trail,
			formerHash,
		};
		const entry = { actor, action: "pause", reason: `because ${index}` };
		const step = appendRecord(last, moment, entry);
		last = step.head;
		const _id = auditKey(planId, last);
		records.set(_id, { ...step.record, _id, revision: "5" });
	}
	return last;
}

/** The plan's records in order. */
export function recordsOf(state: AuditState, planId: string): KeptRecord[] {
	return [...state.records.values()]
		.filter(({ _id }) => _id.startsWith(`${encodeURIComponent(planId)}:`))
		.toSorted((a, b) => (a._id < b._id ? -1 : 1));
}

/** The head that names this record. */
export function headAt({ trail, sequence, hash }: KeptRecord): AuditHead {
	return { trail, sequence, hash };
}

/** The record with other fields, and the hash that goes with them. */
export function rehashed(
	record: KeptRecord,
	fields: Partial<KeptRecord>,
): KeptRecord {
	const changed = { ...record, ...fields };
	return { ...changed, hash: hashOf(changed) };
}

/** Reads the state as MongoDB is read. */
export function trailsOf(state: AuditState): AuditTrails {
	const heads = () =>
		[...state.plans.values()]
			.toSorted((a, b) => (a._id < b._id ? -1 : 1))
			.map(({ _id, audit_head, audit_signature, revision }) => ({
				plan_id: _id.slice(5),
				head: audit_head,
				signature: audit_signature ?? null,
				revision,
			}));
	return {
		async readRecords({ planId, after = "", limit }) {
			const all = [...state.records.values()].toSorted((a, b) =>
				a._id < b._id ? -1 : 1,
			);
			const own = planId === undefined ? all : recordsOf(state, planId);
			return own.filter(({ _id }) => _id > after).slice(0, limit);
		},
		readHeads: async (planIds) =>
			heads().filter(({ plan_id }) => planIds.includes(plan_id)),
		listHeads: async () => ({ heads: heads(), next: undefined }),
		findHashes: async (keys) =>
			new Map(
				keys.flatMap((key) => {
					const record = state.records.get(key);
					return record === undefined ? [] : [[key, record.hash] as const];
				}),
			),
	};
}

/** What Temporal says of these plans. */
export function runsOf(runs: Record<string, RunHead>): AuditRuns {
	return {
		readRunHead: async (planId) => runs[planId],
		async *listRunHeads() {
			yield Object.entries(runs).map(([plan_id, run]) => ({ plan_id, run }));
		},
	};
}
