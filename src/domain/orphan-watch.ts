/** The workflow type of `workflows/watch-orphans.ts`. */
export const ORPHAN_WATCH_TYPE = "watchOrphans";

/** An open plan without progress for long. */
export interface QuietPlan {
	plan_id: string;
	workflow_id: string;
	last_progress_at: number;
}

export interface QuietPlansQuery {
	/** Without progress since then, Unix epoch, ms. */
	beforeMs: number;
	/** null: begin with the plan that has been quiet longest. */
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

/** The result of examining a part of the quiet plans. */
export interface OrphanFindings {
	looked_at: number;
	/** Plans that were closed because their runs had been ended from outside. */
	closed: number;
	/** Plans whose runs could not be examined. */
	unknown: number;
	stuck: StuckPlan[];
}

/** The newest report about all quiet plans. */
export interface OrphanReport {
	/** Unix epoch, ms. */
	at: number;
	stuck_count: number;
	/** The first of them. */
	stuck: StuckPlan[];
}

/** From this try on, a failing workflow task counts as stuck. */
export const STUCK_ATTEMPT = 5;

/** An older report is ignored: the watch does not run then. */
export const REPORT_LIFETIME_MS = 15 * 60_000;
