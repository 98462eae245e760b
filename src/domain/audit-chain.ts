import { canonicalJson, textHash } from "./canonical-json.ts";
import { digits } from "./revision.ts";
import { wellFormed } from "./well-formed.ts";

/** Where a plan's audit trail ends: whoever knows it finds a tail that was cut off. */
export interface AuditHead {
	/**
	 * When the trail began, Unix epoch, ms. Runs of a plan continue its trail; another one begins only
	 * when nobody knew of the one before (Temporal had forgotten its runs).
	 */
	trail: number;
	/** Of the last record, from 1. */
	sequence: number;
	/** Of the last record, SHA-256 in hex. */
	hash: string;
}

/** What somebody did, or what became of the plan. */
export interface AuditEntry {
	/** Who: a person, a decision, or this service. */
	actor: string;
	action: string;
	reason: string;
	details?: Record<string, unknown>;
}

/** One link of a plan's audit trail; `hash` covers every other field. */
export interface AuditRecord extends Required<AuditEntry> {
	plan_id: string;
	/** See `AuditHead`. */
	trail: number;
	sequence: number;
	/** Unix epoch, ms. */
	at: number;
	/** Hash of the plan it was about; null while the plan is not known. */
	plan_hash: string | null;
	/** `hash` of the record before; null in the first. */
	previous_hash: string | null;
	hash: string;
}

/** Which plan is concerned, and when. */
export interface AuditMoment {
	planId: string;
	planHash: string | null;
	atMs: number;
	/** When a trail begins that begins here: the same whenever this is done again. */
	trailStartMs: number;
}

/**
 * The record that follows `head`, and the trail's new head. Without a head a new trail begins. What is
 * hashed is what is read again: its texts are well-formed.
 */
export function appendRecord(
	head: AuditHead | null,
	{ planId, planHash, atMs, trailStartMs }: AuditMoment,
	{ actor, action, reason, details = {} }: AuditEntry,
): { record: AuditRecord; head: AuditHead } {
	const unsigned = wellFormed({
		plan_id: planId,
		trail: head?.trail ?? trailStartMs,
		sequence: (head?.sequence ?? 0) + 1,
		at: atMs,
		actor,
		action,
		reason,
		details,
		plan_hash: planHash,
		previous_hash: head?.hash ?? null,
	});
	const hash = hashOf(unsigned);
	const { trail, sequence } = unsigned;
	return { record: { ...unsigned, hash }, head: { trail, sequence, hash } };
}

/** What a record's `hash` must be: SHA-256 in hex of the canonical JSON of its other fields. */
export function hashOf(record: Omit<AuditRecord, "hash">): string {
	const { plan_id, trail, sequence, at, actor, action } = record;
	const { reason, details, plan_hash, previous_hash } = record;
	return textHash(
		canonicalJson({
			plan_id,
			trail,
			sequence,
			at,
			actor,
			action,
			reason,
			details,
			plan_hash,
			previous_hash,
		}),
	);
}

/** Key of a record: keys of one plan sort as its trails and records follow each other. */
export function auditKey(
	planId: string,
	{ trail, sequence }: Pick<AuditHead, "trail" | "sequence">,
): string {
	return `${auditPrefix(planId)}${digits(trail, 15)}:${digits(sequence, 9)}`;
}

/** What the keys of all records of one plan begin with, and no key of another plan. */
export function auditPrefix(planId: string): string {
	return `${encodeURIComponent(planId)}:`;
}
