/** The promise of a plan. Times are Unix epoch, ms. */
export interface PlanDeadline {
	deadline: number;
	/** `decision`: its metadata or the REST body named a time; `longest-path`: the latest deadline of a ticket. */
	source: "decision" | "longest-path";
}

/**
 * When a plan will end by the estimates of its open tickets, if all goes well from now on. Times are Unix epoch,
 * ms.
 */
export interface PlanForecast {
	at: number;
	predicted_end: number;
	/** Estimated time of the longest path that is left. */
	remaining_ms: number;
	/**
	 * Without any further progress the prediction passes the deadline then: from then on nobody can say that it
	 * will be kept. In the past if it is too late already.
	 */
	late_from: number;
	/** The tasks of that path, from the one that is at work or next; the first ones. */
	path: string[];
	/** How many tasks the path has. */
	path_length: number;
	/** Absent: no model predicted the plan, or the path is long. */
	miss?: MissForecast;
}

/** How sure the prediction is. Chances are 0 to 1, times Unix epoch, ms. */
export interface MissForecast {
	/** That the plan ends after its deadline. */
	chance: number;
	/** In one of ten cases it ends before, in one after. */
	end_p10: number;
	end_p90: number;
	/** Running tickets that may end after their own deadlines, the likeliest first: five at most. */
	tickets: { task_id: string; chance: number }[];
}

/** After C2 and after the first publication. */
export const slaCheckpointNames = [
	"post_ticket_generation",
	"post_ticket_publishing",
] as const;
export type SlaCheckpointName = (typeof slaCheckpointNames)[number];

/** What a checkpoint of the plan found. Times are Unix epoch, ms. */
export interface SlaCheckpoint {
	name: SlaCheckpointName;
	at: number;
	predicted_end: number | null;
	/** Whether the prediction passes the deadline. */
	deadline_approaching: boolean;
	remaining_seconds: number;
}

/** What a plan was promised at C2, and what its checkpoints found. Times are Unix epoch, ms. */
export interface SlaTerms {
	/** null: the decision names no time, so the longest path counts. */
	promised_ms: number | null;
	checkpoints: SlaCheckpoint[];
}

/** How a plan stands with its deadline, in its document. Times are Unix epoch, ms. */
export interface PlanSla extends PlanDeadline {
	/** The moment of C2, or of the newest rerun after an end. */
	started_at: number;
	/** null: no ticket is open. */
	forecast: PlanForecast | null;
	checkpoints: SlaCheckpoint[];
	/** The earliest deadline of an open ticket; null: none is open. */
	first_ticket_deadline: number | null;
	/** Ended tickets that broke a time that was promised for them. */
	tickets_late: number;
}
