import type { AgentTelemetry } from "../../src/domain/registry/agent.ts";
import type { Registration } from "../../src/registry/ports.ts";

/** A registration with what a test names. */
export function registration(fields: Partial<Registration> = {}): Registration {
	return {
		agent_id: "agent-1",
		agent_type: "WORKER",
		capabilities: ["python"],
		metadata: {},
		telemetry: null,
		namespace: "default",
		cluster: "",
		version: "",
		...fields,
	};
}

/** Telemetry of a good agent, with what a test names. */
export function telemetry(
	fields: Partial<AgentTelemetry> = {},
): AgentTelemetry {
	return {
		success_rate: 1,
		avg_duration_ms: 100,
		total_executions: 100,
		failed_executions: 0,
		last_execution_at: 0,
		active_tasks: null,
		max_concurrent_tasks: null,
		...fields,
	};
}
