import { scoreWorker, weighWorker } from "../scheduling/worker-score.ts";
import type { AgentInfo, AgentStatus, RegisteredAgent } from "./agent.ts";

/** Agents renew their lease three times in its length: past this share of it they have missed a renewal. */
const MISSED_RENEWAL_RATIO = 2 / 3;
/** So many executions say something about an agent. */
const TELLING_EXECUTIONS = 20;
const POOR_SUCCESS_RATE = 0.5;

/** UNHEALTHY when the lease has ended; DEGRADED when a renewal is missing, or half of its work fails. */
export function judgeAgent(
	{ telemetry, last_seen }: Pick<RegisteredAgent, "telemetry" | "last_seen">,
	leaseEndsAtMs: number,
	nowMs: number,
): AgentStatus {
	if (nowMs >= leaseEndsAtMs) return "UNHEALTHY";
	const leaseMs = leaseEndsAtMs - last_seen;
	const hasMissed = nowMs - last_seen > leaseMs * MISSED_RENEWAL_RATIO;
	const failsOften =
		telemetry !== null &&
		telemetry.total_executions >= TELLING_EXECUTIONS &&
		telemetry.success_rate < POOR_SUCCESS_RATE;
	return hasMissed || failsOften ? "DEGRADED" : "HEALTHY";
}

/** What an agent can be chosen by, beside its capabilities. */
export const agentFilters = [
	"namespace",
	"cluster",
	"version",
	"status",
	"security_level",
	"agent_type",
] as const;
export type AgentFilters = Partial<
	Record<(typeof agentFilters)[number], string>
>;

/** Of an agent that does not say. */
const DEFAULT_SECURITY_LEVEL = "INTERNAL";

export function securityLevelOf({
	metadata,
}: Pick<RegisteredAgent, "metadata">): string {
	return metadata.security_level ?? DEFAULT_SECURITY_LEVEL;
}

/** Whether an agent has all capabilities and passes every filter; `status=HEALTHY` takes DEGRADED as well. */
export function isMatching(
	agent: AgentInfo,
	capabilities: readonly string[],
	filters: AgentFilters,
): boolean {
	if (!capabilities.every((one) => agent.capabilities.includes(one)))
		return false;
	return agentFilters.every((name) => {
		const wanted = filters[name];
		if (wanted === undefined) return true;
		if (name === "security_level") return securityLevelOf(agent) === wanted;
		if (name === "status" && wanted === "HEALTHY")
			return agent.status !== "UNHEALTHY";
		return agent[name] === wanted;
	});
}

/** The best first; of equals the one with the smaller id. */
export function rankAgents(agents: readonly AgentInfo[]): AgentInfo[] {
	return agents
		.map((agent) => ({ agent, score: weighWorker(scoreWorker(agent)) }))
		.sort(
			(a, b) =>
				b.score - a.score || compareIds(a.agent.agent_id, b.agent.agent_id),
		)
		.map(({ agent }) => agent);
}

export function compareIds(a: string, b: string): number {
	if (a === b) return 0;
	return a < b ? -1 : 1;
}
