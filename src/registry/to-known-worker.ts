import type { AgentInfo } from "../domain/registry/agent.ts";
import { securityLevelOf } from "../domain/registry/judge-agent.ts";
import { slotsOf } from "../domain/registry/read-agent.ts";
import type { KnownWorker } from "../plans/worker-directory.ts";

/** An agent as those who choose workers see it. */
export function toKnownWorker(agent: AgentInfo): KnownWorker {
	const { telemetry, metadata } = agent;
	return {
		agent_id: agent.agent_id,
		capabilities: agent.capabilities,
		namespace: agent.namespace,
		security_level: securityLevelOf(agent),
		status: agent.status,
		slots: slotsOf(agent),
		active_tasks: telemetry?.active_tasks ?? null,
		telemetry: telemetry && {
			success_rate: telemetry.success_rate,
			avg_duration_ms: telemetry.avg_duration_ms,
			total_executions: telemetry.total_executions,
		},
		kafka_client_id: metadata.kafka_client_id ?? null,
		registered_at: agent.registered_at,
		last_seen: agent.last_seen,
		paused: null,
	};
}
