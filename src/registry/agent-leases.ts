import { createAgentReader } from "../domain/registry/read-agent.ts";
import type { AgentRegistry } from "./ports.ts";

/** Agents are named by results, which anybody may write. */
const ASKED_MAX = 50;

/** Which agents are known to have died: their lease ran out, and they did not give it back. */
export function createAgentLeases(registry: Pick<AgentRegistry, "get">) {
	return {
		/** Throws CACHE_UNAVAILABLE or WORKERS_UNAVAILABLE when nobody can be asked. */
		async lostAgents(agentIds: readonly string[]): Promise<string[]> {
			const asked = agentIds.filter(isAgentId).slice(0, ASKED_MAX);
			const found = await Promise.all(asked.map((id) => registry.get(id)));
			return asked.filter((_, at) => found[at]?.status === "UNHEALTHY");
		},
	};
}

function isAgentId(text: string): boolean {
	const reader = createAgentReader();
	reader.id("agent_id", text);
	return reader.problems.length === 0;
}
