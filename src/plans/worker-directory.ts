/** A worker agent that holds a lease. */
export interface KnownWorker {
	agent_id: string;
	capabilities: readonly string[];
	namespace: string;
	security_level: string;
	status: "HEALTHY" | "DEGRADED" | "UNHEALTHY";
	/** Tickets it executes at once, 1 or more. */
	slots: number;
	active_tasks: number | null;
	telemetry: {
		success_rate: number;
		avg_duration_ms: number;
		total_executions: number;
	} | null;
	/** `client.id` of its Kafka consumer, if it registered one. */
	kafka_client_id: string | null;
	/** Unix epoch ms. */
	registered_at: number;
	last_seen: number;
	/** Set while a person holds it back; `share` 0..1 of its slots may be given, growing while it resumes. */
	paused: PausedWork | null;
}

/** What somebody holds back, or lets come again little by little. */
export interface PausedWork {
	since_ms: number;
	actor: string;
	reason: string;
	share: number;
}

/** What is known of the worker agents, and how old that is. */
export interface WorkerView {
	/** Sorted by id. */
	workers: readonly KnownWorker[];
	/** `last-known`: the registry does not answer; `none`: it has not answered for so long that nothing is known. */
	source: "registry" | "last-known" | "none";
	age_ms: number;
	/** By the words of a ticket's `task_type`; absent when none is held back. */
	paused_types?: Readonly<Record<string, PausedWork>>;
}

export interface WorkerDirectory {
	/** Never throws; a warm local view, no round trip in the hot path. */
	view(): Promise<WorkerView>;
}
