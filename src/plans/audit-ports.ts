import type { AuditHead } from "../domain/audit-chain.ts";
import type { KeptRecord, PlanHead, RunHead } from "../domain/audit-heads.ts";

export interface StoredHead extends PlanHead {
	plan_id: string;
	/** The head's signature; null: the head was not signed. */
	signature: string | null;
}

/** The audit trail as it is stored. Every call throws STORE_UNAVAILABLE when it cannot be asked. */
export interface AuditTrails {
	/** Records in the order of their keys, of one plan or of all plans, after the key `after`. */
	readRecords(query: {
		planId?: string;
		after?: string | undefined;
		limit: number;
	}): Promise<KeptRecord[]>;
	/** The last record of each plan's trail, as the plan's document names it; unknown plans are left out. */
	readHeads(planIds: readonly string[]): Promise<StoredHead[]>;
	/** The heads of all plans, page by page; `after` and `next` are opaque. */
	listHeads(query: {
		after?: string | undefined;
		limit: number;
	}): Promise<{ heads: StoredHead[]; next: string | undefined }>;
	/** For each key that has a record, the hash in that record. */
	findHashes(keys: readonly string[]): Promise<Map<string, unknown>>;
}

/**
 * The ends of audit trails as the plans' runs know them. Every call throws TEMPORAL_UNAVAILABLE when Temporal
 * cannot be asked.
 */
export interface AuditRuns {
	/** The head in the plan's newest run; undefined when Temporal keeps no run of the plan. */
	readRunHead(planId: string): Promise<RunHead | undefined>;
	/** The heads of all plans of which Temporal keeps a run, some at a time. */
	listRunHeads(): AsyncIterable<{ plan_id: string; run: RunHead }[]>;
}

/** Signs where trails end, with a key that is not in the database: a file, or a service that keeps keys. */
export interface HeadSigner {
	sign(planId: string, head: AuditHead): Promise<string>;
}

/**
 * Checks signatures of heads. Their key is not in the database, so that whoever changes the database cannot
 * sign.
 */
export interface HeadVerifier {
	/** Trails that began before this time (Unix epoch, ms) may have no signature. */
	signedSinceMs: number;
	isGenuine(
		planId: string,
		head: AuditHead,
		signature: string,
	): Promise<boolean>;
}
