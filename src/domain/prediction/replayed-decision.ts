/** What one ticket got, beside what it would get now. */
export interface ReplayedDecision {
	ticket_id: string;
	task_id: string;
	task_type: string;
	attempt: number;
	/** As it was recorded; null: it was never given out, or that was too long ago. */
	got: Decided | null;
	today: Decided;
	/** ms; null: it has not ended. */
	actual_duration_ms: number | null;
	/** What differs. */
	differs: ("prediction" | "priority" | "worker")[];
}

export interface Decided {
	/** Median, ms; null: predictions were off. */
	predicted_ms: number | null;
	/** `name@version+correction`; null: the estimate. */
	model: string | null;
	anomaly_type: string | null;
	/** 0 to 1. */
	priority: number;
	agent_id: string | null;
	/** How it was chosen, or what decided. */
	why: string;
}

export interface ReplayedPlan {
	plan_id: string;
	tickets: ReplayedDecision[];
	/** How many tickets it has; more than are shown are left out. */
	total: number;
	/** Workers that are known now: choices are made among these, as if they were idle. */
	workers: number;
	/** What policies say of the plan now. */
	policy: ReplayedPolicy;
}

export interface ReplayedPolicy {
	/** null: it cannot be asked: the plan is too large, or policies are off. */
	outcome: string | null;
	denied_tasks: string[];
	/** `ledger`: the plan as it was written; `tickets`: made again from its tickets, without its decision's metadata. */
	plan_from: "ledger" | "tickets";
}

/** Predictions that are within a tenth of each other are the same to everybody. */
const SAME_RATIO = 1.1;
const SAME_PRIORITY = 0.005;

/** What of today's decision is another one. */
export function differencesOf(
	got: Decided | null,
	today: Decided,
): ReplayedDecision["differs"] {
	if (got === null) return [];
	const [before, now] = [got.predicted_ms, today.predicted_ms];
	const same =
		before === null || now === null
			? before === now
			: Math.max(before, now) <= SAME_RATIO * Math.min(before, now);
	return [
		...(same ? [] : ["prediction" as const]),
		...(Math.abs(got.priority - today.priority) <= SAME_PRIORITY
			? []
			: ["priority" as const]),
		...(got.agent_id === today.agent_id ? [] : ["worker" as const]),
	];
}
