import { setTimeout as sleep } from "node:timers/promises";

/** Long enough for a busy machine; nothing is asserted about it. */
const DEADLINE_MS = 120_000;
/** Questions go to the service under test: asked too often they are load of their own. */
const POLL_MS = 150;

/** Asks until the answer is neither undefined nor false; fails at the deadline with the last one. */
export async function patiently<T>(
	ask: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
	const endAtMs = Date.now() + DEADLINE_MS;
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
		await sleep(POLL_MS);
	}
	throw new Error(`not within ${DEADLINE_MS} ms`, { cause: last });
}
