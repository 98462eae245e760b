import type { Client } from "@temporalio/client";

/** What a plan left in Temporal, over all runs of its chain. */
export interface HistoryCost {
	runs: number;
	events: number;
	bytes: number;
	workflowTasks: number;
	signals: number;
	markers: number;
	activities: number;
	localActivities: number;
}

/** Adds up the newest run of a workflow and all runs that continued as it. */
export async function readHistoryCost(
	client: Client,
	workflowId: string,
): Promise<HistoryCost> {
	const cost: HistoryCost = {
		runs: 0,
		events: 0,
		bytes: 0,
		workflowTasks: 0,
		signals: 0,
		markers: 0,
		activities: 0,
		localActivities: 0,
	};
	let runId: string | undefined;
	do {
		const handle = client.workflow.getHandle(workflowId, runId);
		const { raw } = await handle.describe();
		const events = (await handle.fetchHistory()).events ?? [];
		cost.runs += 1;
		cost.events += events.length;
		cost.bytes += Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0);
		for (const event of events) {
			if (event.workflowTaskCompletedEventAttributes) cost.workflowTasks += 1;
			if (event.workflowExecutionSignaledEventAttributes) cost.signals += 1;
			const marker = event.markerRecordedEventAttributes;
			if (marker) cost.markers += 1;
			if (marker?.markerName === "core_local_activity")
				cost.localActivities += 1;
			if (event.activityTaskScheduledEventAttributes) cost.activities += 1;
		}
		runId =
			events[0]?.workflowExecutionStartedEventAttributes
				?.continuedExecutionRunId || undefined;
	} while (runId !== undefined);
	return cost;
}
