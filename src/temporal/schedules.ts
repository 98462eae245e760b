import {
	type Client,
	ScheduleAlreadyRunning,
	ScheduleNotFoundError,
	ScheduleOverlapPolicy,
} from "@temporalio/client";
import { ORPHAN_WATCH_TYPE } from "../domain/orphan-watch.ts";
import {
	TRAINING_WORKFLOW_TYPE,
	type TrainingRequest,
} from "../domain/prediction/training-request.ts";
import {
	PURGE_WORKFLOW_TYPE,
	type RetentionDays,
} from "../domain/retention.ts";
import {
	orphanWatchId,
	retentionId,
	telemetryDrainId,
	trainingPrefix,
	trainingScheduleId,
} from "./workflow-ids.ts";

const RETENTION_INTERVAL_MS = 3_600_000;

/** A workflow that a schedule starts again and again, under the schedule's own id. */
interface Scheduled {
	id: string;
	/** Absent: the schedule's own. */
	workflowId?: string;
	taskQueue: string;
	workflowType: string;
	intervalMs: number;
	args: unknown[];
}

/** Makes sure that a schedule drains `telemetry_buffer`; see `ensureSchedule`. */
export async function ensureTelemetrySchedule(
	client: Client,
	{ taskQueue, intervalMs }: { taskQueue: string; intervalMs: number },
): Promise<void> {
	await ensureSchedule(client, {
		id: telemetryDrainId(taskQueue),
		...{ taskQueue, intervalMs, args: [] },
		workflowType: "drainTelemetryBuffer",
	});
}

export interface OrphanScheduleOptions {
	taskQueue: string;
	intervalMs: number;
	/** A plan that has moved since is left alone. */
	quietMs: number;
}

/** Makes sure that a schedule looks after plans that have not moved for long; see `ensureSchedule`. */
export async function ensureOrphanSchedule(
	client: Client,
	{ taskQueue, intervalMs, quietMs }: OrphanScheduleOptions,
): Promise<void> {
	await ensureSchedule(client, {
		id: orphanWatchId(taskQueue),
		...{ taskQueue, intervalMs, args: [quietMs] },
		workflowType: ORPHAN_WATCH_TYPE,
	});
}

export interface RetentionScheduleOptions {
	taskQueue: string;
	days: RetentionDays;
	intervalMs?: number;
}

/** Makes sure that a schedule purges what is not to be kept, or that there is none when everything is. */
export async function ensureRetentionSchedule(
	client: Client,
	{
		taskQueue,
		days,
		intervalMs = RETENTION_INTERVAL_MS,
	}: RetentionScheduleOptions,
): Promise<void> {
	const id = retentionId(taskQueue);
	if (Object.keys(days).length === 0) return await remove(client, id);
	await ensureSchedule(client, {
		...{ id, taskQueue, intervalMs, args: [days] },
		workflowType: PURGE_WORKFLOW_TYPE,
	});
}

/** Makes sure that a schedule trains models, or that there is none when none is wanted (`intervalMs` 0). */
export async function ensureTrainingSchedule(
	client: Client,
	{
		taskQueue,
		intervalMs,
		request,
	}: { taskQueue: string; intervalMs: number; request: TrainingRequest },
): Promise<void> {
	const id = trainingScheduleId(taskQueue);
	if (intervalMs === 0) return await remove(client, id);
	await ensureSchedule(client, {
		...{ id, taskQueue, intervalMs, args: [request] },
		workflowId: trainingPrefix(taskQueue),
		workflowType: TRAINING_WORKFLOW_TYPE,
	});
}

/**
 * Makes sure that the schedule is there and as it is said here. Safe to repeat, and from several processes
 * at once; the settings of the one that started last count.
 */
async function ensureSchedule(
	client: Client,
	{ id, workflowId = id, taskQueue, workflowType, intervalMs, args }: Scheduled,
): Promise<void> {
	const spec = { intervals: [{ every: intervalMs }] };
	const action = {
		type: "startWorkflow" as const,
		...{ workflowId, workflowType, taskQueue, args },
	};
	try {
		await client.schedule.create({
			...{ scheduleId: id, spec, action },
			// Whatever was missed is seen by the next one.
			policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: "1m" },
		});
	} catch (error) {
		if (!(error instanceof ScheduleAlreadyRunning)) throw error;
		await client.schedule
			.getHandle(id)
			.update((known) => ({ ...known, spec, action }));
	}
}

async function remove(client: Client, id: string): Promise<void> {
	try {
		await client.schedule.getHandle(id).delete();
	} catch (error) {
		if (!(error instanceof ScheduleNotFoundError)) throw error;
	}
}
