import {
	type AuditHead,
	type AuditRecord,
	auditPrefix,
	isLater,
} from "./audit-chain.ts";

/** A stored record, with its key and the revision of its write. */
export type KeptRecord = AuditRecord & { _id: string; revision: string };

/** The end of the trail in the plan's document. */
export interface PlanHead {
	head: AuditHead | null;
	/** The document's revision. */
	revision: string;
}

/** The end of the trail in the plan's newest run, independent of the stored documents. */
export interface RunHead {
	/**
	 * `open`: `head` is the last stored record, more may follow. `ended`: nothing comes after `head`. `cut-off`:
	 * ended from outside, `head` was the last stored record.
	 */
	state: "open" | "ended" | "cut-off";
	/** null: no record yet. */
	head: AuditHead | null;
}

/** All known ends of a plan's trail. */
export interface AuditFacts {
	/** undefined: there is no document of the plan. */
	plan: PlanHead | undefined;
	/** undefined: Temporal has no run of the plan, or could not be asked. */
	run?: RunHead | undefined;
	/** From telemetry frames or other notes. */
	given?: readonly AuditHead[];
}

export const auditFaultKinds = [
	"altered",
	"missing",
	"reordered",
	"truncated",
	/** The plan's document is missing, or its head is missing or wrong. */
	"head",
	/** A trail does not continue the one before. */
	"second_trail",
	/** The signature of the head in the plan's document is missing or wrong. */
	"signature",
] as const;

export interface AuditFault {
	plan_id: string;
	/** The number of the first faulty record; 0: the fault is not about one record. */
	sequence: number;
	kind: (typeof auditFaultKinds)[number];
	detail: string;
}

/** A fault of a record, or of a statement about the trail's end. */
export type Flaw = [kind: AuditFault["kind"], sequence: number, detail: string];

/** A head and its source. */
export interface Known {
	head: AuditHead;
	/** The source of the head. */
	by: string;
	isFound: boolean;
}

/** Every known head of a plan's trails. */
export function knownHeads({ plan, run, given = [] }: AuditFacts): Known[] {
	const known: Known[] = given.map((head) => ({
		head,
		by: "a head that was given",
		isFound: false,
	}));
	if (run?.head != null)
		known.push({ head: run.head, by: "the plan's run", isFound: false });
	if (plan?.head != null)
		known.push({ head: plan.head, by: "the plan's document", isFound: false });
	return known;
}

/** Records of an open run may not be stored yet. */
export function mayBeOnItsWay({ run }: AuditFacts, head: AuditHead): boolean {
	if (run?.state !== "open") return false;
	return run.head === null || isLater(head, run.head);
}

/** The fault of the head in the plan's document; `last` is the last record that counts. */
export function judgePlanHead(
	{ plan, run }: AuditFacts,
	last: Pick<AuditHead, "trail" | "sequence"> | undefined,
	known: readonly Known[],
): Flaw | undefined {
	const isOpen = run?.state === "open";
	if (plan === undefined && last === undefined && known.length === 0)
		return undefined;
	if (plan === undefined)
		return isOpen ? undefined : ["head", 0, "there is no document of the plan"];
	const { head } = plan;
	if (head === null)
		return isOpen
			? undefined
			: ["head", 0, "the plan's document does not say where the trail ends"];
	if (isOpen) return undefined;
	const beyond = known.find((one) => isLater(one.head, head));
	if (beyond !== undefined)
		return [
			"head",
			head.sequence + 1,
			`the plan's document ends the trail at record ${head.sequence}, ${beyond.by} names record ${beyond.head.sequence}`,
		];
	// Records of an open run may not be stored yet, and its document follows them.
	if (last !== undefined && isLater(last, head))
		return [
			"head",
			head.sequence + 1,
			`the plan's document ends the trail at record ${head.sequence}, and there are others behind it`,
		];
	if (run?.state === "ended" && (!run.head || isLater(head, run.head)))
		return [
			"head",
			head.sequence,
			`the plan's run ended at record ${run.head?.sequence ?? 0}, its document says ${head.sequence}`,
		];
	return undefined;
}

/**
 * Makes the test for ignored records: a retried workflow task may have written records that its second try
 * did not write. Such records lie after every known end of the trail, and are not newer than the document
 * with that end.
 */
export function findLeftOver(
	planId: string,
	facts: AuditFacts,
): (record: Pick<KeptRecord, "_id" | "revision">) => boolean {
	const { plan } = facts;
	if (plan?.head == null) return () => false;
	const { revision } = plan;
	const last = knownHeads(facts)
		.map(({ head }) => head)
		.reduce((a, b) => (isLater(b, a) ? b : a));
	return (record) => {
		if (record.revision > revision) return false;
		const key = parseKey(planId, record._id);
		return key !== undefined && isLater(key, last);
	};
}

/** The position in a record's key. */
export function parseKey(
	planId: string,
	key: string,
): { trail: number; sequence: number } | undefined {
	const match = /^(\d{15}):(\d{9})$/.exec(
		key.slice(auditPrefix(planId).length),
	);
	if (match === null) return undefined;
	return { trail: Number(match[1]), sequence: Number(match[2]) };
}
