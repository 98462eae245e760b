import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 20;

/** Asks until the answer is neither undefined nor false nor an error; fails at the deadline with the last one. */
export async function eventually<T>(
	ask: () => T | Promise<T>,
	deadlineMs = 30_000,
	pollMs = POLL_MS,
): Promise<Exclude<T, undefined | false>> {
	const endAtMs = Date.now() + deadlineMs;
	let last: unknown = "no answer";
	while (Date.now() < endAtMs) {
		try {
			const answer = await ask();
			if (answer !== undefined && answer !== false) {
				return answer as Exclude<T, undefined | false>;
			}
			last = answer;
		} catch (error) {
			last = error;
		}
		await sleep(pollMs);
	}
	throw new Error(`not within ${deadlineMs} ms`, { cause: last });
}
