import type {
	WorkerAgent,
	WorkerDirectory,
} from "../../src/storage/worker-directory.ts";
import { createPause } from "./pause.ts";

/** What the agents in the field register with (contracts.md, "Worker agents"). */
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
	directory: Pick<WorkerDirectory, "announce">,
	agent: WorkerAgent,
	{ leaseMs, signal }: { leaseMs: number; signal: AbortSignal },
	onAway: (error: unknown) => void,
): Promise<void> {
	const pause = createPause();
	while (!signal.aborted) {
		await directory.announce(agent, leaseMs).catch(onAway);
		await pause.wait(leaseMs / 3, signal).catch(() => "aborted");
	}
}
