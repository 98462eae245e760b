import type { LabelValues, MetricType } from "../declare.ts";

const queue = ["namespace", "task_queue"] as const;
const common = [...queue, "workflow_type"] as const;

/** A metric that the Temporal SDK keeps. */
export interface SdkMetric {
	type: MetricType;
	name: string;
	help: string;
	labels: readonly string[];
}

/** Those of the SDK's metrics that dashboards and alerts may use; it has more. */
export const sdkMetrics: readonly SdkMetric[] = [
	{
		type: "histogram",
		name: "temporal_workflow_task_schedule_to_start_latency_seconds",
		help: "How long workflow tasks waited for a worker.",
		labels: queue,
	},
	{
		type: "histogram",
		name: "temporal_workflow_task_execution_latency_seconds",
		help: "Time workflow tasks took.",
		labels: common,
	},
	{
		type: "histogram",
		name: "temporal_workflow_task_replay_latency_seconds",
		help: "Time it took to replay a workflow that was not in the cache.",
		labels: common,
	},
	{
		type: "counter",
		name: "temporal_workflow_task_execution_failed_total",
		help: "Workflow tasks that failed: the plan waits until a worker can do them.",
		labels: [...common, "failure_reason"],
	},
	{
		type: "histogram",
		name: "temporal_activity_schedule_to_start_latency_seconds",
		help: "How long activities waited for a worker.",
		labels: queue,
	},
	{
		type: "histogram",
		name: "temporal_activity_execution_latency_seconds",
		help: "Time activities took.",
		labels: [...common, "activity_type"],
	},
	{
		type: "counter",
		name: "temporal_activity_execution_failed_total",
		help: "Tries of activities that failed.",
		labels: [...common, "activity_type"],
	},
	{
		type: "gauge",
		name: "temporal_worker_task_slots_available",
		help: "Places for more work, by the kind of work.",
		labels: [...queue, "worker_type"],
	},
	{
		type: "gauge",
		name: "temporal_worker_task_slots_used",
		help: "Work under way, by its kind.",
		labels: [...queue, "worker_type"],
	},
	{
		type: "gauge",
		name: "temporal_num_pollers",
		help: "Requests for work that wait at the server.",
		labels: [...queue, "poller_type"],
	},
	{
		type: "gauge",
		name: "temporal_sticky_cache_size",
		help: "Plans kept in memory between two workflow tasks.",
		labels: queue,
	},
	{
		type: "counter",
		name: "temporal_sticky_cache_hit_total",
		help: "Workflow tasks of plans that were in memory.",
		labels: queue,
	},
	{
		type: "counter",
		name: "temporal_sticky_cache_miss_total",
		help: "Workflow tasks whose plan had to be replayed.",
		labels: queue,
	},
	{
		type: "counter",
		name: "temporal_sticky_cache_total_forced_eviction_total",
		help: "Plans put out of memory for others.",
		labels: queue,
	},
	{
		type: "counter",
		name: "temporal_request_total",
		help: "Requests of the worker to Temporal.",
		labels: ["namespace", "operation"],
	},
	{
		type: "counter",
		name: "temporal_request_failure_total",
		help: "Of them, those that failed.",
		labels: ["namespace", "operation", "status_code"],
	},
	{
		type: "histogram",
		name: "temporal_request_latency_seconds",
		help: "Time they took.",
		labels: ["namespace", "operation"],
	},
];

export const sdkLabels = (
	labels: readonly string[],
): Record<string, LabelValues> =>
	Object.fromEntries(
		labels.map((label) => [label, "ours" satisfies LabelValues]),
	);
