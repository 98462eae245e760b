import { canonicalJson, textHash } from "./canonical-json.ts";
import { digits } from "./revision.ts";
import { wellFormed } from "./well-formed.ts";

/** The end of a plan's audit trail: with it, missing last records are found. */
export interface AuditHead {
	/**
	 * When the trail began, Unix epoch, ms. Runs of a plan continue its trail; another trail begins only when
	 * the one before was unknown (Temporal had forgotten its runs).
	 */
	trail: number;
	/** The number of the last record, from 1. */
	sequence: number;
	/** The hash of the last record, SHA-256 in hex. */
	hash: string;
}

/** An action of somebody, or an event of the plan. */
export interface AuditEntry {
	/** The author: a person, a decision, or this service. */
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
	/** `hash` of the record before; in the first of a trail that of the last one of the trail before, null where there is none. */
	previous_hash: string | null;
	hash: string;
}

/** The plan and the time of a record. */
export interface AuditMoment {
	planId: string;
	planHash: string | null;
	atMs: number;
	/** Start time of a new trail; the same on every retry. */
	trailStartMs: number;
	/** The hash of the last record of the trail before, when a new trail begins. */
	formerHash?: string | null;
}

/**
 * The record that follows `head`, and the trail's new head. Without a head a new trail begins. The hash
 * covers the record as it is read again, with well-formed texts.
 */
export function appendRecord(
	head: AuditHead | null,
	{ planId, planHash, atMs, trailStartMs, formerHash = null }: AuditMoment,
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
		previous_hash: head?.hash ?? formerHash,
	});
	const hash = hashOf(unsigned);
	const { trail, sequence } = unsigned;
	return { record: { ...unsigned, hash }, head: { trail, sequence, hash } };
}

/** The fields that a record's `hash` covers. */
export const auditFields = [
	"plan_id",
	"trail",
	"sequence",
	"at",
	"actor",
	"action",
	"reason",
	"details",
	"plan_hash",
	"previous_hash",
] as const satisfies readonly (keyof AuditRecord)[];

/** The correct `hash` of a record: SHA-256 in hex of the canonical JSON of its other fields. */
export function hashOf(record: Omit<AuditRecord, "hash">): string {
	return textHash(
		canonicalJson(
			Object.fromEntries(auditFields.map((name) => [name, record[name]])),
		),
	);
}

/** The action of the record that replaces purged ones. */
export const CLOSING_ACTION = "purge";

/** Whether the records before this one may be gone: it names the last of them by its hash. */
export function isClosing({ action }: Pick<AuditRecord, "action">): boolean {
	return action === CLOSING_ACTION;
}

/** Whether one position comes after the other, in the order of trails and of records in a trail. */
export function isLater(
	a: Pick<AuditHead, "trail" | "sequence">,
	b: Pick<AuditHead, "trail" | "sequence">,
): boolean {
	return a.trail > b.trail || (a.trail === b.trail && a.sequence > b.sequence);
}

/** Key of a record: keys of one plan sort as its trails and records follow each other. */
export function auditKey(
	planId: string,
	{ trail, sequence }: Pick<AuditHead, "trail" | "sequence">,
): string {
	return `${auditPrefix(planId)}${digits(trail, 15)}:${digits(sequence, 9)}`;
}

/** The prefix of all record keys of a plan, and of no other plan's. */
export function auditPrefix(planId: string): string {
	return `${encodeURIComponent(planId)}:`;
}
