import {
	type AuditHead,
	auditFields,
	hashOf,
	isClosing,
	isLater,
} from "./audit-chain.ts";
import {
	type AuditFacts,
	type AuditFault,
	type Flaw,
	findLeftOver,
	judgePlanHead,
	type KeptRecord,
	type Known,
	knownHeads,
	mayBeOnItsWay,
	parseKey,
} from "./audit-heads.ts";

/** One plan's trails, record by record in the order of their keys. */
export interface AuditCheck {
	/** Checks the next record; false when it is ignored, because a retried workflow task left it. */
	take(record: KeptRecord): boolean;
	/** The first fault so far. */
	fault(): AuditFault | undefined;
	/** The first fault, now that there are no more records. */
	end(): AuditFault | undefined;
}

/** The position of the check: after this record. */
type Place = Pick<AuditHead, "trail" | "sequence"> & { hash: string };

/**
 * Opens the check of one plan's trails. Every record must continue the one before, and every known head must
 * exist with its hash, in any trail.
 */
export function createAuditCheck(
	planId: string,
	facts: AuditFacts,
): AuditCheck {
	const known = knownHeads(facts);
	const byPlace = Map.groupBy(known, ({ head }) => placeOf(head));
	const isLeft = findLeftOver(planId, facts);
	let place: Place | undefined;
	let first: AuditFault | undefined;

	/** Advances to the record; returns its fault. */
	function look(record: KeptRecord): Flaw | undefined {
		const key = parseKey(planId, record._id);
		if (key === undefined) return ["altered", 0, `its key is ${record._id}`];
		const before = place;
		place = { ...key, hash: record.hash };
		const flaw = findFlaw(planId, record, key, before);
		return flaw ?? compare(place) ?? closeEarlier(record, place);
	}

	/** The known heads at this record. */
	function compare(at: Place): Flaw | undefined {
		const here = byPlace.get(placeOf(at)) ?? [];
		for (const one of here) one.isFound = true;
		const other = here.find(({ head }) => head.hash !== at.hash);
		return other && anotherHash(other);
	}

	/** Of purged records only the last hash is left. */
	function closeEarlier(record: KeptRecord, at: Place): Flaw | undefined {
		if (!isClosing(record)) return undefined;
		const earlier = known.filter(
			({ head }) => head.trail === at.trail && isLater(at, head),
		);
		for (const one of earlier) one.isFound = true;
		const other = earlier.find(
			({ head }) =>
				head.sequence === at.sequence - 1 && head.hash !== record.previous_hash,
		);
		return other && anotherHash(other);
	}

	function note(flaw: Flaw | undefined): void {
		if (flaw === undefined || first !== undefined) return;
		const [kind, sequence, detail] = flaw;
		first = { plan_id: planId, sequence, kind, detail };
	}

	return {
		take(record) {
			if (isLeft(record)) return false;
			if (first === undefined) note(look(record));
			return true;
		},
		fault: () => first,
		end() {
			note(findAbsent(facts, known, place));
			note(judgePlanHead(facts, place, known));
			return first;
		},
	};
}

function placeOf({ trail, sequence }: Omit<AuditHead, "hash">): string {
	return `${trail}:${sequence}`;
}

function anotherHash({ head, by }: Known): Flaw {
	return ["altered", head.sequence, `${by} names another hash than this`];
}

/** The last known head without a record. */
function findAbsent(
	facts: AuditFacts,
	known: readonly Known[],
	last: Place | undefined,
): Flaw | undefined {
	const [absent] = known
		.filter(({ isFound, head }) => !isFound && !mayBeOnItsWay(facts, head))
		.toSorted((a, b) => (isLater(a.head, b.head) ? -1 : 1));
	if (absent === undefined) return undefined;
	const { head, by } = absent;
	const isSame = last?.trail === head.trail;
	return [
		"truncated",
		isSame ? last.sequence + 1 : 1,
		`${by} names record ${head.sequence}${isSame ? "" : " of a trail that is not there"}`,
	];
}

function findFlaw(
	planId: string,
	record: KeptRecord,
	{ trail, sequence }: Pick<AuditHead, "trail" | "sequence">,
	before: Place | undefined,
): Flaw | undefined {
	const isNewTrail = before?.trail !== trail;
	const expected = isNewTrail ? 1 : before.sequence + 1;
	// A purge leaves one record, which closes the purged trail.
	const isCut = before === undefined && isClosing(record) && sequence > 1;
	if (sequence !== expected && !isCut)
		return ["missing", expected, missing(expected, sequence - 1)];
	const extra = Object.keys(record).filter((name) => !keptFields.has(name));
	if (extra.length > 0)
		return ["altered", sequence, `it has a field ${extra[0]} that none has`];
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
	if (isCut || record.previous_hash === (before?.hash ?? null))
		return undefined;
	if (!isNewTrail)
		return [
			"altered",
			Math.max(1, sequence - 1),
			`record ${sequence} follows another one than this`,
		];
	return before === undefined
		? ["missing", 1, "the trail that this one goes on from is not there"]
		: [
				"second_trail",
				sequence,
				"this trail does not name the last record of the one before",
			];
}

/** The fields of a stored record. */
const keptFields: ReadonlySet<string> = new Set([
	...auditFields,
	"hash",
	"_id",
	"revision",
]);

function missing(from: number, to: number): string {
	if (to < from) return "in its place stands a record that belongs to none";
	return from === to
		? "it is not there"
		: `records ${from} to ${to} are not there`;
}
