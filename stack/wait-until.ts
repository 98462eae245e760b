import { setTimeout as sleep } from "node:timers/promises";

const POLL_INTERVAL_MS = 50;

export interface Deadline {
	timeoutMs: number;
	/** Completes `gave up waiting: ...`. */
	what: string;
	signal?: AbortSignal | undefined;
}

/** Resolves once `attempt` answers true or without an error; rejects at the deadline, with the last error as cause. */
export async function waitUntil(
	attempt: () => Promise<boolean | undefined> | boolean | undefined,
	{ timeoutMs, what, signal }: Deadline,
): Promise<void> {
	const endsAtMs = Date.now() + timeoutMs;
	let cause: unknown;
	do {
		signal?.throwIfAborted();
		try {
			if ((await attempt()) !== false) return;
			cause = undefined;
		} catch (error) {
			cause = error;
		}
		await sleep(POLL_INTERVAL_MS, undefined, { signal });
	} while (Date.now() < endsAtMs);
	throw new Error(`gave up waiting after ${timeoutMs} ms: ${what}`, { cause });
}
