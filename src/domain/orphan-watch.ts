/** Of `workflows/watch-orphans.ts`. */
export const ORPHAN_WATCH_TYPE = "watchOrphans";

/** An open plan that has not moved for long. */
export interface QuietPlan {
	plan_id: string;
	workflow_id: string;
	last_progress_at: number;
}

export interface QuietPlansQuery {
	/** Without progress since then, Unix epoch, ms. */
	beforeMs: number;
	/** null: from the one that is quiet longest. */
	after: Pick<QuietPlan, "workflow_id" | "last_progress_at"> | null;
	limit: number;
}

/** A plan whose run cannot work: its workflow task fails again and again. */
export interface StuckPlan {
	plan_id: string;
	/** Tries of its newest workflow task. */
	attempt: number;
	/** When that was first due, Unix epoch, ms. */
	since_ms: number;
}

/** What one look over a part of the quiet plans has found. */
export interface OrphanFindings {
	looked_at: number;
	/** Closed, because their runs had been ended from outside. */
	closed: number;
	/** Could not be asked about. */
	unknown: number;
	stuck: StuckPlan[];
}

/** The newest look over all of them. */
export interface OrphanReport {
	/** Unix epoch, ms. */
	at: number;
	stuck_count: number;
	/** The first of them. */
	stuck: StuckPlan[];
}

/** From this try on a workflow task is known not to get better by itself. */
export const STUCK_ATTEMPT = 5;

/** A report that is older says nothing: then nobody looks. */
export const REPORT_LIFETIME_MS = 15 * 60_000;
