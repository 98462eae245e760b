import type { KeptRecord, PlanHead } from "../domain/audit-check.ts";

export interface StoredHead extends PlanHead {
	plan_id: string;
	finished_at: number | null;
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
	/** Those of the keys that have a record. */
	findRecords(keys: readonly string[]): Promise<Set<string>>;
}
