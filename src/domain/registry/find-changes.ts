import type { AgentChange, AgentInfo } from "./agent.ts";

/** What happened to the agents between two looks at them, by id. */
export function findChanges(
	before: ReadonlyMap<string, AgentInfo>,
	after: ReadonlyMap<string, AgentInfo>,
	nowMs: number,
): AgentChange[] {
	const changes: AgentChange[] = [];
	for (const [id, agent] of after) {
		const kind = changeOf(before.get(id), agent);
		if (kind !== undefined) changes.push({ kind, agent, at_ms: nowMs });
	}
	for (const [id, agent] of before) {
		if (after.has(id)) continue;
		changes.push({ kind: "DEREGISTERED", agent, at_ms: nowMs });
	}
	return changes;
}

function changeOf(
	before: AgentInfo | undefined,
	after: AgentInfo,
): AgentChange["kind"] | undefined {
	if (before === undefined || before.registered_at !== after.registered_at)
		return "REGISTERED";
	if (before.status !== after.status) return "STATUS_CHANGED";
	return before.last_seen === after.last_seen ? undefined : "UPDATED";
}
