import {
	type AuditHead,
	type AuditRecord,
	auditPrefix,
	hashOf,
} from "./audit-chain.ts";

/** A record as it is kept: under its key, with the revision of its write. */
export type KeptRecord = AuditRecord & { _id: string; revision: string };

/** Where a plan says that its trail ends. */
export interface PlanHead {
	head: AuditHead | null;
	/** Of the document that says it. */
	revision: string;
}

export interface AuditFault {
	plan_id: string;
	/** Of the first record with which something is wrong. */
	sequence: number;
	kind: "altered" | "missing" | "reordered" | "truncated";
	detail: string;
}

/** One plan's trails, record by record in the order of their keys. */
export interface AuditCheck {
	/** Looks at the next record; false when it counts for nothing: a lost try of the plan has left it. */
	take(record: KeptRecord): boolean;
	/** The first fault so far. */
	fault(): AuditFault | undefined;
	/** The first fault, now that there are no more records. */
	end(): AuditFault | undefined;
}

/** Where the check stands: behind this record. */
interface Place {
	trail: number;
	sequence: number;
	hash: string | null;
}

/**
 * Opens the check of one plan's trails. `heads` are what else is known of where they end, from telemetry
 * frames or from the plan's run.
 */
export function createAuditCheck(
	planId: string,
	plan: PlanHead | undefined,
	heads: readonly AuditHead[] = [],
): AuditCheck {
	const known = [...heads, ...(plan?.head == null ? [] : [plan.head])];
	let place: Place | undefined;
	let first: AuditFault | undefined;

	/** Moves on to the record; answers what is wrong with it. */
	function look(record: KeptRecord): Flaw | undefined {
		const key = parseKey(planId, record._id);
		if (key === undefined) return ["altered", 0, `its key is ${record._id}`];
		const before =
			place?.trail === key.trail
				? place
				: { trail: key.trail, sequence: 0, hash: null };
		place = { ...key, hash: record.hash };
		return (
			findFlaw(planId, record, key, before) ??
			(known.some((head) => isAt(head, key) && head.hash !== record.hash)
				? [
						"altered",
						key.sequence,
						"another hash than this was made known as the trail's last one",
					]
				: undefined)
		);
	}

	function note(flaw: Flaw | undefined): void {
		if (flaw === undefined || first !== undefined) return;
		const [kind, sequence, detail] = flaw;
		first = { plan_id: planId, sequence, kind, detail };
	}

	return {
		take(record) {
			if (isLeftOver(planId, plan, record)) return false;
			if (first === undefined) note(look(record));
			return true;
		},
		fault: () => first,
		end() {
			const last = known.toSorted((a, b) => (isLater(a, b) ? -1 : 1))[0];
			if (last !== undefined && (!place || isLater(last, place))) {
				const from = place?.trail === last.trail ? place.sequence + 1 : 1;
				const detail = `the trail is known to go on to record ${last.sequence}`;
				note(["truncated", from, detail]);
			}
			return first;
		},
	};
}

type Flaw = [kind: AuditFault["kind"], sequence: number, detail: string];

function findFlaw(
	planId: string,
	record: KeptRecord,
	{ trail, sequence }: Pick<AuditHead, "trail" | "sequence">,
	before: Place,
): Flaw | undefined {
	const expected = before.sequence + 1;
	if (sequence > expected)
		return ["missing", expected, missing(expected, sequence - 1)];
	if (hashOf(record) !== record.hash)
		return [
			"altered",
			sequence,
			"its content does not have the hash that it carries",
		];
	if (record.plan_id !== planId)
		return ["altered", sequence, `it is a record of plan ${record.plan_id}`];
	if (record.sequence !== sequence || record.trail !== trail)
		return [
			"reordered",
			sequence,
			`in its place stands record ${record.sequence}`,
		];
	if (record.previous_hash !== before.hash)
		return [
			"altered",
			Math.max(1, before.sequence),
			`record ${sequence} follows another one than this`,
		];
	return undefined;
}

/**
 * A workflow task that was lost may have written records that its second try did not: beyond the plan's
 * end, and no newer than the document that says where that is.
 */
export function isLeftOver(
	planId: string,
	plan: PlanHead | undefined,
	{ _id, revision }: Pick<KeptRecord, "_id" | "revision">,
): boolean {
	const key = parseKey(planId, _id);
	if (key === undefined || plan?.head == null) return false;
	return isLater(key, plan.head) && revision <= plan.revision;
}

/** What a key of this plan says of its record. */
function parseKey(
	planId: string,
	key: string,
): { trail: number; sequence: number } | undefined {
	const match = /^(\d{15}):(\d{9})$/.exec(
		key.slice(auditPrefix(planId).length),
	);
	if (match === null) return undefined;
	return { trail: Number(match[1]), sequence: Number(match[2]) };
}

function isAt(
	a: Pick<AuditHead, "trail" | "sequence">,
	b: Pick<AuditHead, "trail" | "sequence">,
): boolean {
	return a.trail === b.trail && a.sequence === b.sequence;
}

function isLater(
	a: Pick<AuditHead, "trail" | "sequence">,
	b: Pick<AuditHead, "trail" | "sequence">,
): boolean {
	return a.trail > b.trail || (a.trail === b.trail && a.sequence > b.sequence);
}

function missing(from: number, to: number): string {
	return from === to
		? "it is not there"
		: `records ${from} to ${to} are not there`;
}
