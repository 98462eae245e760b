import {
	type AuditHead,
	type AuditRecord,
	auditPrefix,
	isLater,
} from "./audit-chain.ts";

/** A record as it is kept: under its key, with the revision of its write. */
export type KeptRecord = AuditRecord & { _id: string; revision: string };

/** Where a plan's document says that its trail ends. */
export interface PlanHead {
	head: AuditHead | null;
	/** Of the document that says it. */
	revision: string;
}

/** What the plan's newest run says of the trail, whoever may have touched what is stored. */
export interface RunHead {
	/**
	 * `open`: `head` is the last record that has landed, others may be on their way. `ended`: nothing comes
	 * after `head`. `cut-off`: ended from outside, `head` is the last record that had landed.
	 */
	state: "open" | "ended" | "cut-off";
	/** null: no record yet. */
	head: AuditHead | null;
}

/** All that is known of where a plan's trail ends. */
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
	/** There is no plan document, or it does not say where the trail ends, or says it wrongly. */
	"head",
	/** A trail that does not go on from the one before. */
	"second_trail",
	/** The plan's document does not carry the signature of what it says. */
	"signature",
] as const;

export interface AuditFault {
	plan_id: string;
	/** Of the first record with which something is wrong; 0: it is not about one record. */
	sequence: number;
	kind: (typeof auditFaultKinds)[number];
	detail: string;
}

/** What is wrong with a record, or with what is said of the trail's end. */
export type Flaw = [kind: AuditFault["kind"], sequence: number, detail: string];

/** A head, and who says that the trail has it. */
export interface Known {
	head: AuditHead;
	/** Who says so. */
	by: string;
	isFound: boolean;
}

/** Every head that is known of a plan's trails. */
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

/** An open run's records land by and by. */
export function mayBeOnItsWay({ run }: AuditFacts, head: AuditHead): boolean {
	if (run?.state !== "open") return false;
	return run.head === null || isLater(head, run.head);
}

/** What is wrong with the plan's own word of where its trail ends; `last` is the last record that counts. */
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
	// Those of an open run are on their way, and the document follows.
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
 * Makes the test for records that count for nothing: a workflow task that was lost may have written some
 * that its second try did not. They lie beyond all that is known of the trail's end, and are no newer
 * than the document that says where that is.
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

/** What a key of this plan says of its record. */
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
