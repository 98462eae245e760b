import {
	type Client,
	ScheduleAlreadyRunning,
	ScheduleOverlapPolicy,
} from "@temporalio/client";
import { ORPHAN_WATCH_TYPE } from "../domain/orphan-watch.ts";
import { orphanWatchId } from "./workflow-ids.ts";

export interface OrphanScheduleOptions {
	taskQueue: string;
	intervalMs: number;
	/** A plan that has moved since is left alone. */
	quietMs: number;
}

/**
 * Makes sure that a schedule looks after plans that have not moved for long. Safe to repeat, and from
 * several processes at once.
 */
export async function ensureOrphanSchedule(
	client: Client,
	{ taskQueue, intervalMs, quietMs }: OrphanScheduleOptions,
): Promise<void> {
	const scheduleId = orphanWatchId(taskQueue);
	const spec = { intervals: [{ every: intervalMs }] };
	const action = {
		type: "startWorkflow" as const,
		workflowType: ORPHAN_WATCH_TYPE,
		workflowId: scheduleId,
		taskQueue,
		args: [quietMs],
	};
	try {
		await client.schedule.create({
			scheduleId,
			spec,
			action,
			// What was missed is seen by the next one.
			policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "1m" },
		});
	} catch (error) {
		if (!(error instanceof ScheduleAlreadyRunning)) throw error;
		await client.schedule
			.getHandle(scheduleId)
			.update((known) => ({ ...known, spec, action }));
	}
}
