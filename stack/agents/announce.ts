import { createPause } from "./pause.ts";

/** What an agent says of itself; `src/storage/worker-directory.ts` satisfies the directory. */
export interface AgentCard {
	agent_id: string;
	capabilities: string[];
	max_concurrent_tasks: number;
}

export interface LeaseDirectory {
	announce(agent: AgentCard, leaseMs: number): Promise<void>;
	withdraw(agentId: string): Promise<void>;
}

/** What the agents in the field register with (flow-c.md 1.15). */
export const agentCapabilities = [
	"python",
	"terraform",
	"kubernetes",
	"read",
	"write",
	"compute",
	"analyze",
	"transform",
	"test",
	"code",
	"security",
	"scan",
	"compliance",
	"deploy",
];

/** Keeps the agent's lease in the directory until the signal fires. A directory that is away is tried again; the lease runs out meanwhile. */
export async function keepAnnounced(
	directory: LeaseDirectory,
	agent: AgentCard,
	{ leaseMs, signal }: { leaseMs: number; signal: AbortSignal },
	onAway: (error: unknown) => void,
): Promise<void> {
	const pause = createPause();
	while (!signal.aborted) {
		await directory.announce(agent, leaseMs).catch(onAway);
		await pause.wait(leaseMs / 3, signal).catch(() => "aborted");
	}
}
