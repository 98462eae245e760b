import { eventually } from "../../support/eventually.ts";

/** Long enough for a busy machine, and shorter than a test may take: its end says what was waited for. */
const DEADLINE_MS = 100_000;
/** Questions go to the service under test: asked too often they are load of their own. */
const POLL_MS = 150;

/** `eventually`, for questions to a whole service. */
export async function patiently<T>(
	ask: () => T | Promise<T>,
): Promise<Exclude<T, undefined | false>> {
	return await eventually(ask, DEADLINE_MS, POLL_MS);
}
