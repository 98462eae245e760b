import type { KnownWorker } from "../../src/plans/worker-directory.ts";
import { knownWorker } from "./known-workers.ts";

/** A healthy worker nobody has measured, with four slots. */
export function workerOf(
	agent_id: string,
	facts: Partial<KnownWorker> = {},
): KnownWorker {
	return knownWorker({ agent_id, slots: 4, ...facts });
}

/** Held back so far that this share of its slots may be given. */
export function pausedTo(share: number): NonNullable<KnownWorker["paused"]> {
	return { share, since_ms: 0, actor: "ana", reason: "it is repaired" };
}
