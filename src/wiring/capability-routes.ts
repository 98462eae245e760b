import { deadLetterApi } from "../dead-letters/api.ts";
import type { DeadLetterSources } from "../dead-letters/ports.ts";
import type { ApiRoutes } from "../http/server.ts";

/** What the routes of each capability ask for. */
export interface CapabilitySources {
	deadLetters: DeadLetterSources;
}

/**
 * The routes of all capabilities that have routes, in the order of the reference. The service and the tests
 * of its routes use this one list.
 */
export function capabilityRoutes({
	deadLetters,
}: CapabilitySources): ApiRoutes[] {
	return [deadLetterApi(deadLetters)];
}
