import { ticketPriorities } from "../../../schemas/execution-ticket.ts";
import { counter, gauge, histogram, lookedAt } from "../declare.ts";
import { bands, taskTypes, truths } from "./label-values.ts";

const ALLOCATION_BUCKETS = [
	0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1,
];
const task_type = taskTypes;

/** Choosing workers: the registry, what is known of it, the scheduler. */
export const schedulingMetrics = {
	workerViews: counter(
		"orchestration_worker_views_total",
		"C3: how often workers were looked up, by source and whether that had to wait for an answer.",
		{ source: ["registry", "last-known", "none"], waited: truths },
	),
	workerViewAgeSeconds: lookedAt(
		"orchestration_worker_view_age_seconds",
		"Age of what this process knew of the workers when it last looked.",
	),
	workersKnown: gauge(
		"orchestration_workers_known",
		"Workers this process knew when it last looked.",
		{ status: ["HEALTHY", "DEGRADED", "UNHEALTHY", "PAUSED"] },
	),
	registryCalls: counter(
		"orchestration_registry_calls_total",
		"Calls that the role registry answered, by rpc and code of gRPC.",
		{ rpc: "ours", code: "ours" },
	),
	burstActivations: counter(
		"orchestration_burst_capacity_activations_total",
		"Bursts: a task type was saturated, and a plan that policy gives burst capacity got more places.",
		{ task_type },
	),
	burstActive: gauge(
		"orchestration_burst_capacity_active",
		"1 while a burst is on for the task type in this process.",
		{ task_type },
	),
	burstTickets: counter(
		"orchestration_burst_capacity_tickets_total",
		"Tickets that went out while a burst was on for their task type, of plans that policy gives burst capacity.",
		{ task_type },
	),
	workersWanted: gauge(
		"orchestration_workers_wanted",
		"Workers that a saturated task type would need, for plans that policy gives auto-scaling; 0: none are missing.",
		{ task_type },
	),
	preemptionAttempts: counter(
		"orchestration_preemption_attempts_total",
		"Urgent tickets that waited for a place while a running one could have made room: how that went.",
		{ success: ["True", "False"], reason: "ours" },
	),
	ticketsPreempted: counter(
		"orchestration_tasks_preempted_total",
		"Running tickets that workers gave up for more urgent ones.",
		{
			preempted_priority: ticketPriorities,
			preemptor_priority: ticketPriorities,
		},
	),
	schedulerAllocations: counter(
		"orchestration_scheduler_allocations_total",
		"Tickets the scheduler allocated; overflow: beyond all places; fallback: by taking turns.",
		{ status: ["success", "overflow"], fallback: ["True", "False"] },
	),
	schedulerAllocationSeconds: histogram(
		"orchestration_scheduler_allocation_duration_seconds",
		"Time C3 took to choose a worker, each ticket's share of its chunk.",
		ALLOCATION_BUCKETS,
	),
	schedulerWorkersDiscovered: histogram(
		"orchestration_scheduler_workers_discovered",
		"Workers in the view that a chunk was allocated by.",
		[0, 1, 2, 5, 10, 50, 100, 500, 1_000],
	),
	schedulerViewAgeSeconds: lookedAt(
		"orchestration_scheduler_view_age_seconds",
		"Age of the view of the workers at the last allocation.",
	),
	schedulerPriorityScore: histogram(
		"orchestration_scheduler_priority_score",
		"Priority scores of the tickets that were allocated.",
		[0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
		{ risk_band: bands },
	),
	schedulerCacheHits: counter(
		"orchestration_scheduler_cache_hits_total",
		"Tickets whose candidates were known from an earlier ticket with the same needs, in the same view of the workers.",
	),
	schedulerReservations: counter(
		"orchestration_scheduler_reservations_total",
		"Places reserved in workers' queues, by who knows of them (local: only this process, because Redis is away).",
		{ place: ["shared", "local"] },
	),
	schedulerExecutions: counter(
		"orchestration_scheduler_executions_total",
		"Results of tickets with a reserved place, by who executed them.",
		{ by: ["chosen", "other", "unknown"] },
	),
	schedulerRoutings: counter(
		"orchestration_scheduler_routings_total",
		"Tickets published with TICKETS_ROUTING=worker: to a partition of their worker, or by key because it has none that is known, or because nobody was chosen by score.",
		{ to: ["worker", "owner_unknown", "not_chosen"] },
	),
	schedulerWaits: counter(
		"orchestration_scheduler_waits_total",
		"Times that a ticket was put back to wait for a worker.",
		{ reason: ["nobody", "paused", "full"] },
	),
	schedulerRejections: counter(
		"orchestration_scheduler_rejections_total",
		"Tickets that failed because no worker fits (SCHEDULER_WHEN_NOBODY_FITS=reject).",
		{ reason: ["no_suitable_worker"] },
	),
	schedulerExplanationsLost: counter(
		"orchestration_scheduler_explanations_lost_total",
		"Allocations whose explanation could not be stored.",
	),
};
