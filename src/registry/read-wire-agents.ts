import type { AgentInfo } from "../domain/registry/agent.ts";
import {
	agentLimits,
	createAgentReader,
} from "../domain/registry/read-agent.ts";
import type { Log } from "../log.ts";
import type { WireAgent } from "./contract.ts";

/** Agents whose unreadable fields are remembered, so that the log says each once. */
const MAX_LEFT_OUT = 1_000;

/** Reads agents of another registry, whose answers are not ours: what does not read as one is left out, and the log says so. */
export function createReadAgents(
	log: Log,
): (agents: readonly (WireAgent | null)[]) => AgentInfo[] {
	/** Why, as it was last said of each. */
	const leftOut = new Map<string, string>();
	return (agents) =>
		agents.flatMap((said) => {
			const { agent, problems } = readAgent(said);
			const id = String(said?.agent_id ?? "").slice(0, agentLimits.idLength);
			if (problems.length === 0) {
				leftOut.delete(id);
				return [agent];
			}
			const why = problems.slice(0, 3).join("; ");
			if (leftOut.get(id) === why) return [];
			if (leftOut.size >= MAX_LEFT_OUT) leftOut.clear();
			leftOut.set(id, why);
			log.warn({ agent_id: id, problems: why }, "agent cannot be read");
			return [];
		});
}

function readAgent(said: WireAgent | null) {
	const it = createAgentReader();
	const fields: Partial<WireAgent> = said ?? {};
	const agent: AgentInfo = {
		agent_id: it.id("agent_id", fields.agent_id),
		agent_type: it.agentType(fields.agent_type) ?? "WORKER",
		capabilities: it.words("capabilities", fields.capabilities),
		metadata: it.metadata("metadata", fields.metadata),
		telemetry: it.telemetry(fields.telemetry),
		status: readStatus(fields.status),
		registered_at: fields.registered_at ?? 0,
		last_seen: fields.last_seen ?? 0,
		namespace: it.word("namespace", fields.namespace, "default"),
		cluster: it.word("cluster", fields.cluster, ""),
		version: it.word("version", fields.version, ""),
	};
	return { agent, problems: it.problems };
}

/** No word about its health is no health. */
function readStatus(
	said: WireAgent["status"] | undefined,
): AgentInfo["status"] {
	return said === "HEALTHY" || said === "DEGRADED" ? said : "UNHEALTHY";
}
