import { sumCounts } from "./sum-counts.ts";

/** The workflow type of `workflows/purge-records.ts`. */
export const PURGE_WORKFLOW_TYPE = "purgeRecords";

/** The kinds of documents that can be purged, in the order of purging. */
export const retentionNames = [
	"plans",
	"audit",
	"decisions",
	"outcomes",
	"dead_letters",
] as const;
export type RetentionName = (typeof retentionNames)[number];

/** Days that each kind is kept; absent: for ever. */
export type RetentionDays = Partial<Record<RetentionName, number>>;

/** The setting with the retention time. */
export const retentionSettings = {
	plans: "RETENTION_PLANS_DAYS",
	audit: "RETENTION_AUDIT_DAYS",
	decisions: "RETENTION_DECISIONS_DAYS",
	outcomes: "RETENTION_OUTCOMES_DAYS",
	dead_letters: "RETENTION_DEAD_LETTERS_DAYS",
} as const satisfies Record<RetentionName, string>;

/** The documents of a kind, and the date that decides about their age. */
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

/** Documents on their own. Documents of a plan are purged with it, see `planCollections`. */
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
	{ name: "outcomes", collection: "plan_outcomes", date: "recorded_at" },
	{
		name: "dead_letters",
		collection: "dead_letters",
		date: "dead_at",
		// A letter that is being sent back is not purged.
		is: { state: { $in: ["open", "redriven", "discarded"] } },
	},
];

/** Collections that are purged with their plan, by `plan_id`. */
export const planCollections = [
	"execution_tickets",
	"ticket_attempts",
	"validation_audit",
	"workflow_results",
] as const;

/** One step of a purge. */
export interface PurgeStep {
	name: RetentionName;
	/** Documents that ended before this time, Unix epoch, ms. */
	beforeMs: number;
	/** Opaque; null: from the oldest one on. */
	after: PurgePlace | null;
	isDryRun: boolean;
	/** For `audit`: whether the plans are purged before, so that a dry run counts their trails too. */
	isAfterPlans?: boolean;
	/** Actor and reason of the purge, for the audit trail. */
	actor: string;
	reason: string;
}

export interface PurgePlace {
	finished_at: number;
	_id: string;
}

/** The result of one step or several. */
export interface PurgeCounts {
	/** Deleted documents by collection; in a dry run, those that would be deleted. */
	purged: Record<string, number>;
	/** Plans that stay because Temporal still has a run of them. */
	kept: number;
}

export interface PurgedStep extends PurgeCounts {
	/** null: there is nothing more of this kind. */
	next: PurgePlace | null;
}

/** Both together. */
export function addCounts(a: PurgeCounts, b: PurgeCounts): PurgeCounts {
	return { purged: sumCounts(a.purged, b.purged), kept: a.kept + b.kept };
}
