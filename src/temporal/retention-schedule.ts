import {
	type Client,
	ScheduleAlreadyRunning,
	ScheduleNotFoundError,
	ScheduleOverlapPolicy,
} from "@temporalio/client";
import {
	PURGE_WORKFLOW_TYPE,
	type RetentionDays,
} from "../domain/retention.ts";
import { retentionId } from "./workflow-ids.ts";

const INTERVAL_MS = 3_600_000;

export interface RetentionScheduleOptions {
	taskQueue: string;
	days: RetentionDays;
	intervalMs?: number;
}

/**
 * Makes sure that a schedule purges what is not to be kept, or that there is none when everything is. Safe to
 * repeat, and from several processes at once; the settings of the one that started last count.
 */
export async function ensureRetentionSchedule(
	client: Client,
	{ taskQueue, days, intervalMs = INTERVAL_MS }: RetentionScheduleOptions,
): Promise<void> {
	const scheduleId = retentionId(taskQueue);
	if (Object.keys(days).length === 0) return await remove(client, scheduleId);
	const spec = { intervals: [{ every: intervalMs }] };
	const action = {
		type: "startWorkflow" as const,
		workflowType: PURGE_WORKFLOW_TYPE,
		workflowId: scheduleId,
		taskQueue,
		args: [days],
	};
	try {
		await client.schedule.create({
			scheduleId,
			spec,
			action,
			// What was missed is purged by the next one.
			policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "1m" },
		});
	} catch (error) {
		if (!(error instanceof ScheduleAlreadyRunning)) throw error;
		await client.schedule
			.getHandle(scheduleId)
			.update((known) => ({ ...known, spec, action }));
	}
}

async function remove(client: Client, scheduleId: string): Promise<void> {
	try {
		await client.schedule.getHandle(scheduleId).delete();
	} catch (error) {
		if (!(error instanceof ScheduleNotFoundError)) throw error;
	}
}
