import { proxyActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";

// One try a round: the schedule comes again.
const { drainTelemetry } = proxyActivities<Activities>({
	startToCloseTimeout: "5m",
	heartbeatTimeout: "10s",
	retry: { maximumAttempts: 1 },
});

/** Run by a schedule: publishes the frames that wait in `telemetry_buffer`, and returns how many there were. */
export async function drainTelemetryBuffer(): Promise<number> {
	return await drainTelemetry();
}
