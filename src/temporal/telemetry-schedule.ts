import {
	type Client,
	ScheduleAlreadyRunning,
	ScheduleOverlapPolicy,
} from "@temporalio/client";

export interface TelemetryScheduleOptions {
	taskQueue: string;
	intervalMs: number;
}

/**
 * Makes sure that a schedule drains `telemetry_buffer`. Safe to repeat, and from several processes at
 * once; a changed interval is taken over.
 */
export async function ensureTelemetrySchedule(
	client: Client,
	{ taskQueue, intervalMs }: TelemetryScheduleOptions,
): Promise<void> {
	const scheduleId = `drain-telemetry-${taskQueue}`;
	const spec = { intervals: [{ every: intervalMs }] };
	try {
		await client.schedule.create({
			scheduleId,
			spec,
			action: {
				type: "startWorkflow",
				workflowType: "drainTelemetryBuffer",
				workflowId: scheduleId,
				taskQueue,
			},
			// What was missed is in the buffer all the same.
			policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "1m" },
		});
	} catch (error) {
		if (!(error instanceof ScheduleAlreadyRunning)) throw error;
		await client.schedule
			.getHandle(scheduleId)
			.update((known) => ({ ...known, spec }));
	}
}
