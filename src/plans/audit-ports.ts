import type { AuditHead } from "../domain/audit-chain.ts";
import type { KeptRecord, PlanHead, RunHead } from "../domain/audit-heads.ts";

export interface StoredHead extends PlanHead {
	plan_id: string;
	/** Of the head; null: none was made. */
	signature: string | null;
}

/** The audit trail as it is stored. Every call throws STORE_UNAVAILABLE when it cannot be asked. */
export interface AuditTrails {
	/** Records by their keys, of one plan or of all, those behind `after`. */
	readRecords(query: {
		planId?: string;
		after?: string | undefined;
		limit: number;
	}): Promise<KeptRecord[]>;
	/** What those of the plans that are known say of where their trails end. */
	readHeads(planIds: readonly string[]): Promise<StoredHead[]>;
	/** The same of all plans, page by page; `after` and `next` are opaque. */
	listHeads(query: {
		after?: string | undefined;
		limit: number;
	}): Promise<{ heads: StoredHead[]; next: string | undefined }>;
	/** Those of the keys that have a record, with the hash that it carries. */
	findHashes(keys: readonly string[]): Promise<Map<string, unknown>>;
}

/** What the plans' runs say of their trails. Every call throws TEMPORAL_UNAVAILABLE when Temporal cannot be asked. */
export interface AuditRuns {
	/** Of the plan's newest run; undefined when there is none any more. */
	readRunHead(planId: string): Promise<RunHead | undefined>;
	/** Of all plans of which Temporal keeps a run, some at a time. */
	listRunHeads(): AsyncIterable<{ plan_id: string; run: RunHead }[]>;
}

/** Signs where trails end, with a key that is not in the database: a file, or a service that keeps keys. */
export interface HeadSigner {
	sign(planId: string, head: AuditHead): Promise<string>;
}

/** Knows the signatures that the service makes with a key that is not in the database. */
export interface HeadVerifier {
	/** Trails that began before, Unix epoch, ms, may be without a signature. */
	signedSinceMs: number;
	isGenuine(
		planId: string,
		head: AuditHead,
		signature: string,
	): Promise<boolean>;
}
