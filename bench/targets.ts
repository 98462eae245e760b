// Long because every bound of the bench is found in one table.
/** One row of issue 4's table: less is better unless said otherwise. */
export interface Target {
	key: string;
	title: string;
	must: number;
	aim: number;
	unit: string;
	isFloor?: boolean;
}

const MB = 1_048_576;

export const targets: readonly Target[] = [
	{
		key: "latency_p50_to_floor",
		title:
			"unloaded, decision to root tickets, 10-task fan-out (V1): p50 / floor p50",
		must: 1.2,
		aim: 0.6,
		unit: "",
	},
	{
		key: "latency_p99_to_floor",
		title: "the same: p99 / floor p99",
		must: 2,
		aim: 1,
		unit: "",
	},
	{
		key: "throughput_to_floor",
		title:
			"10-task plans a second at the knee / floor workflows a second at 32 in flight",
		must: 0.4,
		aim: 0.75,
		unit: "",
		isFloor: true,
	},
	{
		key: "cpu_ms_per_plan_ours",
		title: "CPU of worker and intake per such plan",
		must: 40,
		aim: 20,
		unit: "ms",
	},
	{
		key: "cpu_ms_per_plan_temporal",
		title: "CPU of the Temporal server per such plan",
		must: 30,
		aim: 20,
		unit: "ms",
	},
	{
		key: "workflow_tasks_fanout_10",
		title: "workflow tasks of a 10-task fan-out (V1)",
		must: 4,
		aim: 3,
		unit: "",
	},
	{
		key: "cpu_per_ticket_5000_to_100",
		title: "CPU of all our roles per ticket, fan-out of 5,000 / of 100",
		must: 1,
		aim: 0.8,
		unit: "",
	},
	{
		key: "fanout_5000_published_ms",
		title: "fan-out of 5,000: decision to last ticket",
		must: 5_000,
		aim: 2_000,
		unit: "ms",
	},
	{
		key: "history_events_5000",
		title: "fan-out of 5,000: history events, all runs",
		must: 10_000,
		aim: 4_000,
		unit: "",
	},
	{
		key: "history_bytes_5000",
		title: "fan-out of 5,000: history bytes, all runs",
		must: 10 * MB,
		aim: 4 * MB,
		unit: "B",
	},
	{
		key: "events_per_hop_chain_1000",
		title: "chain of 1,000 (V2): history events per hop",
		must: 10,
		aim: 7,
		unit: "",
	},
	{
		key: "policy_embedded_p95_ms",
		title: "policies, embedded, 200 tickets in a question: p95 per ticket",
		must: 1,
		aim: 0.25,
		unit: "ms",
	},
	{
		key: "policy_server_p95_ms",
		title: "the same by an OPA server",
		must: 1,
		aim: 0.5,
		unit: "ms",
	},
	{
		key: "observability_metrics",
		title: "time a plan with metrics, 16 in flight, to none (median of pairs)",
		must: 1.03,
		aim: 1.01,
		unit: "",
	},
	{
		key: "observability_traces",
		title: "the same with metrics and traces, 10 % sampled",
		must: 1.1,
		aim: 1.05,
		unit: "",
	},
	{
		key: "scrape_p95_ms",
		title: "scrape after 10,000 plans, 200 task types, 500 workers: p95",
		must: 50,
		aim: 20,
		unit: "ms",
	},
	{
		key: "scrape_series",
		title: "the same: series",
		must: 5_000,
		aim: 3_000,
		unit: "",
	},
	{
		key: "scheduling_p95_ms",
		title:
			"choosing a worker, 1,000 workers, 40 capabilities, 50 plans at once: p95 per ticket",
		must: 1,
		aim: 0.5,
		unit: "ms",
	},
	{
		key: "scheduling_cache_hits",
		title: "the same: candidates known from an earlier ticket",
		must: 0.8,
		aim: 0.95,
		unit: "",
		isFloor: true,
	},
	{
		key: "scheduling_fallbacks",
		title: "the same: tickets given in turn instead of by score",
		must: 0.05,
		aim: 0,
		unit: "",
	},
	{
		key: "makespan_worker_to_key",
		title:
			"500 tickets, two of eight workers four times slower: makespan with TICKETS_ROUTING=worker / key",
		must: 0.75,
		aim: 0.6,
		unit: "",
	},
	{
		key: "makespan_learned_to_alone",
		title:
			"500 tickets, eight unequal workers, estimates of teams: makespan with predictions and traces / the scheduler alone",
		must: 0.92,
		aim: 0.85,
		unit: "",
	},
	{
		key: "completed_with_traces",
		title:
			"the same, the fastest fails everything: tickets completed with traces",
		must: 0.95,
		aim: 1,
		unit: "",
		isFloor: true,
	},
	{
		key: "executed_by_chosen",
		title: "the same: tickets executed by the chosen worker",
		must: 0.95,
		aim: 0.99,
		unit: "",
		isFloor: true,
	},
	{
		key: "judge_false_rollbacks_percent",
		title:
			"releases of equal builds that are rolled back, base 1, 3, 5 %: upper 95 % limit of the worst",
		must: 1,
		aim: 0.75,
		unit: "%",
	},
	{
		key: "judge_false_rollbacks_outage_percent",
		title: "the same with an outage of both builds",
		must: 1,
		aim: 0.75,
		unit: "%",
	},
	{
		key: "judge_false_rollbacks_steady_percent",
		title: "the same with 5,000 plans at one weight, all rows",
		must: 1,
		aim: 0.75,
		unit: "%",
	},
	{
		key: "judge_plans_until_out_5",
		title:
			"a candidate that always fails at 5 %: its plans until it is out (median)",
		must: 3,
		aim: 3,
		unit: "",
	},
	{
		key: "judge_plans_until_out_10",
		title:
			"a candidate that always fails at 10 %: its plans until it is out (median)",
		must: 4,
		aim: 4,
		unit: "",
	},
	{
		key: "judge_plans_until_out_25",
		title:
			"a candidate that always fails at 25 %: its plans until it is out (median)",
		must: 6,
		aim: 6,
		unit: "",
	},
	{
		key: "judge_plans_until_out_50",
		title:
			"a candidate that always fails at 50 %: its plans until it is out (median)",
		must: 10,
		aim: 10,
		unit: "",
	},
	{
		key: "judge_ms_per_100000",
		title: "100,000 outcomes folded and judged",
		must: 1_000,
		aim: 100,
		unit: "ms",
	},
	{
		key: "prediction_ms_per_ticket",
		title: "predicting a ticket, in batches of 200: CPU, p95",
		must: 0.1,
		aim: 0.02,
		unit: "ms",
	},
	{
		key: "prediction_training_cpu_seconds",
		title: "training on 20,000 tickets: CPU",
		must: 5,
		aim: 3,
		unit: "s",
	},
	{
		key: "prediction_training_mb",
		title:
			"training on 500,000 tickets (100,000 of them): memory of the process",
		must: 1_000,
		aim: 600,
		unit: "MB",
	},
	{
		key: "prediction_mae_percent",
		title:
			"durations from past to future, learning on the way: MAE, % of the mean (estimates 65)",
		must: 35,
		aim: 34.5,
		unit: "%",
	},
	{
		key: "prediction_mae_to_oracle",
		title: "the same to what nobody can do better",
		must: 1.06,
		aim: 1.04,
		unit: "",
	},
	{
		key: "prediction_coverage_off",
		title: "the same: how far the share within p90 is from 90 %",
		must: 2,
		aim: 1,
		unit: "points",
	},
	{
		key: "prediction_false_alarms_percent",
		title: "ordinary tickets that a rule calls unusual",
		must: 2,
		aim: 1.6,
		unit: "%",
	},
	{
		key: "prediction_anomaly_recall",
		title: "unusual tickets that a rule finds",
		must: 0.9,
		aim: 0.95,
		unit: "",
		isFloor: true,
	},
	{
		key: "prediction_drift_late",
		title:
			"drifting types that are seen too late (30 %: 200 of its tickets, 15 %: 1,000)",
		must: 0,
		aim: 0,
		unit: "",
	},
	{
		key: "prediction_drift_false",
		title: "types said to drift that do not",
		must: 0,
		aim: 0,
		unit: "",
	},
	{
		key: "prediction_miss_calibration",
		title: "chance that a plan ends late: mean distance from what came",
		must: 0.06,
		aim: 0.04,
		unit: "",
	},
	{
		key: "learning_error_to_estimate",
		title:
			"2,000 plans, hidden worker speeds, drift on the way: MAE of the last eighth on tickets / of estimates",
		must: 0.6,
		aim: 0.5,
		unit: "",
	},
	{
		key: "learning_error_to_uncorrected",
		title: "the same / of the first model without correction",
		must: 0.95,
		aim: 0.85,
		unit: "",
	},
	{
		key: "learning_newest_to_first",
		title:
			"the same, without correction: the champion that was trained after the drift / the first",
		must: 0.95,
		aim: 0.85,
		unit: "",
	},
	{
		key: "learning_drift_late",
		title:
			"the same: drifting types that are seen too late (35 %: 200 of its tickets, 15 %: 1,000)",
		must: 0,
		aim: 0,
		unit: "",
	},
	{
		key: "learning_drift_false",
		title: "the same: alarms of types that do not drift",
		must: 0,
		aim: 0,
		unit: "",
	},
	{
		key: "price_cpu_ours",
		title:
			"to bare code, everything on, 10-task fan-out (V1): CPU of worker and intake",
		must: 1.4,
		aim: 1,
		unit: "",
	},
	{
		key: "price_cpu_temporal",
		title: "the same: CPU of the Temporal server",
		must: 1.15,
		aim: 1,
		unit: "",
	},
	{
		key: "price_plans_per_second",
		title: "the same: plans a second at 64 in flight",
		must: 0.7,
		aim: 0.9,
		unit: "",
		isFloor: true,
	},
	{
		key: "price_p50",
		title: "the same, unloaded: decision to first ticket, p50",
		must: 1.2,
		aim: 1,
		unit: "",
	},
	{
		key: "price_p99",
		title: "the same: p99",
		must: 1.3,
		aim: 1,
		unit: "",
	},
	{
		key: "price_cpu_fan_out",
		title: "the same, fan-out of 5,000: CPU of worker and intake per ticket",
		must: 1.2,
		aim: 0.9,
		unit: "",
	},
	{
		key: "mb_per_waiting_plan",
		title: "memory per waiting 10-task plan",
		must: 0.4,
		aim: 0.25,
		unit: "MB",
	},
	{
		key: "idle_cpu_percent",
		title: "idle service, all roles, a process each",
		must: 2,
		aim: 1,
		unit: "% of a core",
	},
	{
		key: "idle_cpu_percent_one_process",
		title: "idle service, all roles in one process",
		must: 2,
		aim: 1,
		unit: "% of a core",
	},
];

export type Verdict = "aim" | "must" | "MISSED" | "not measured";

/** How a measured value stands against its target. */
export function judge(
	{ must, aim, isFloor = false }: Target,
	value: number | undefined,
): Verdict {
	if (value === undefined || Number.isNaN(value)) return "not measured";
	const reaches = (limit: number) =>
		isFloor ? value >= limit : value <= limit;
	if (reaches(aim)) return "aim";
	return reaches(must) ? "must" : "MISSED";
}
