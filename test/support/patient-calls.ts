import type { Client } from "@temporalio/client";
import {
	createTemporalCalls,
	type TemporalCalls,
} from "../../src/temporal/temporal-calls.ts";

/**
 * Calls with time for a server on a full machine: where the service would begin again after its usual limit
 * (`untilItWorks`), a test has one try.
 */
export function patientCalls(client: Client): TemporalCalls {
	return createTemporalCalls({ client: () => client, callTimeoutMs: 30_000 });
}
