export const agentTypes = ["WORKER", "SCOUT", "GUARD", "ANALYST"] as const;
export type AgentType = (typeof agentTypes)[number];

export const agentStatuses = ["HEALTHY", "DEGRADED", "UNHEALTHY"] as const;
export type AgentStatus = (typeof agentStatuses)[number];

/** What an agent says of its own work. */
export interface AgentTelemetry {
	/** 0 to 1. */
	success_rate: number;
	avg_duration_ms: number;
	total_executions: number;
	failed_executions: number;
	/** Unix epoch ms; 0: never. */
	last_execution_at: number;
	/** null: it does not say. */
	active_tasks: number | null;
	max_concurrent_tasks: number | null;
}

/** An agent as the registry keeps it. */
export interface RegisteredAgent {
	agent_id: string;
	agent_type: AgentType;
	capabilities: readonly string[];
	metadata: Readonly<Record<string, string>>;
	telemetry: AgentTelemetry | null;
	/** Unix epoch ms. */
	registered_at: number;
	last_seen: number;
	namespace: string;
	cluster: string;
	version: string;
}

/** An agent as the registry shows it. */
export interface AgentInfo extends RegisteredAgent {
	status: AgentStatus;
}

export interface AgentChange {
	kind: "REGISTERED" | "UPDATED" | "DEREGISTERED" | "STATUS_CHANGED";
	agent: AgentInfo;
	/** Unix epoch ms. */
	at_ms: number;
}
