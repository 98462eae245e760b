/** What an agent has done so far, and what it does now. */
export interface AgentStats {
	received: number;
	completed: number;
	failed: number;
	deadLettered: number;
	/** Read again after they were finished or while they are worked on. */
	duplicates: number;
	/** Not PENDING. */
	ignored: number;
	/** Told to never answer. */
	silent: number;
	crashes: number;
	/** Now: waiting for dependencies, waiting for a free place, executing. */
	waiting: number;
	queued: number;
	executing: number;
}

/** All zero. */
export function emptyStats(): AgentStats {
	return {
		received: 0,
		completed: 0,
		failed: 0,
		deadLettered: 0,
		duplicates: 0,
		ignored: 0,
		silent: 0,
		crashes: 0,
		waiting: 0,
		queued: 0,
		executing: 0,
	};
}

/** Field by field. */
export function addStats(left: AgentStats, right: AgentStats): AgentStats {
	const keys = Object.keys(left) as (keyof AgentStats)[];
	return Object.fromEntries(
		keys.map((key) => [key, left[key] + right[key]]),
	) as unknown as AgentStats;
}
