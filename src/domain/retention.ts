/** Of `workflows/purge-records.ts`. */
export const PURGE_WORKFLOW_TYPE = "purgeRecords";

/** What can be purged, in the order in which it is. */
export const retentionNames = [
	"plans",
	"audit",
	"decisions",
	"dead_letters",
] as const;
export type RetentionName = (typeof retentionNames)[number];

/** Days that each is kept; absent: for ever. */
export type RetentionDays = Partial<Record<RetentionName, number>>;

/** The setting that says how long. */
export const retentionSettings = {
	plans: "RETENTION_PLANS_DAYS",
	audit: "RETENTION_AUDIT_DAYS",
	decisions: "RETENTION_DECISIONS_DAYS",
	dead_letters: "RETENTION_DEAD_LETTERS_DAYS",
} as const satisfies Record<RetentionName, string>;

/** Which documents go, and what is counted by to tell how old they are. */
export interface RetentionRule {
	name: RetentionName;
	collection: string;
	/** Unix epoch, ms, unless it is a text. */
	date: string;
	/** The date is ISO 8601. */
	isText?: true;
	/** The document must have these values too. */
	is?: Readonly<Record<string, unknown>>;
}

/** Documents that stand alone. What belongs to a plan goes with it, see `planCollections`. */
export const singleRules: readonly RetentionRule[] = [
	{
		name: "audit",
		collection: "authorization_audit",
		date: "timestamp",
		isText: true,
	},
	{ name: "decisions", collection: "decisions", date: "recorded_at" },
	{
		name: "decisions",
		collection: "workflows",
		date: "finished_at",
		is: { kind: "recorded-decision" },
	},
	{ name: "decisions", collection: "approval_answers", date: "recorded_at" },
	{
		name: "dead_letters",
		collection: "dead_letters",
		date: "dead_at",
		// One on its way back is somebody's work.
		is: { state: { $in: ["open", "redriven", "discarded"] } },
	},
];

/** What goes with its plan, by `plan_id`. */
export const planCollections = [
	"execution_tickets",
	"ticket_attempts",
	"validation_audit",
	"workflow_results",
] as const;

/** One step of a purge. */
export interface PurgeStep {
	name: RetentionName;
	/** What ended before, Unix epoch, ms. */
	beforeMs: number;
	/** Opaque; null: from the oldest one on. */
	after: PurgePlace | null;
	isDryRun: boolean;
	/** Of `audit`: the plans go before, so that a dry run counts their trails too. */
	isAfterPlans?: boolean;
	/** Who purges and why: stands in the audit trail. */
	actor: string;
	reason: string;
}

export interface PurgePlace {
	finished_at: number;
	_id: string;
}

/** What one step, or several, have done. */
export interface PurgeCounts {
	/** Documents by collection that are gone; of a dry run: that would be. */
	purged: Record<string, number>;
	/** Plans that stay for now, because Temporal still has a run of theirs. */
	kept: number;
}

export interface PurgedStep extends PurgeCounts {
	/** null: there is nothing more of this kind. */
	next: PurgePlace | null;
}

/** Both together. */
export function addCounts(a: PurgeCounts, b: PurgeCounts): PurgeCounts {
	const purged = { ...a.purged };
	for (const [collection, count] of Object.entries(b.purged))
		purged[collection] = (purged[collection] ?? 0) + count;
	return { purged, kept: a.kept + b.kept };
}
