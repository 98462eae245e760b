import { createIntakeMetrics } from "../src/telemetry/count-intake.ts";
import { createPlanSinks } from "../src/telemetry/count-plans.ts";
import { createWorkerViewMetrics } from "../src/telemetry/count-workers.ts";
import type { Metrics } from "../src/telemetry/metrics.ts";
import { createPublisherMetrics } from "../src/telemetry/publisher-metrics.ts";
import type { PlanSink } from "../workflows/plan-sinks.ts";

const PLANS = 10_000;
const TASK_TYPES = 200;
const WORKERS = 500;
const TOPICS = 20;
const PARTITIONS = 12;
const silent = () => undefined;
const unread = { debug: silent, info: silent, warn: silent, error: silent };
const bands = ["low", "medium", "high", "critical"];
const statuses = ["SUCCESS", "PARTIAL", "FAILED", "CANCELLED"];
const outcomes = ["completed", "failed", "timed_out", "skipped"];

/** Counts what 10,000 plans with 200 task types and 500 workers tell. */
export function fillMetrics(metrics: Metrics): void {
	const sinks = createPlanSinks(metrics, unread).plan as unknown as Record<
		string,
		{ fn(info: { workflowId: string }, ...args: unknown[]): void }
	>;
	const intake = createIntakeMetrics(metrics);
	const publisher = createPublisherMetrics(metrics);
	const workers = createWorkerViewMetrics(metrics);
	const at = <T>(list: readonly T[], index: number) =>
		list[index % list.length] as T;
	for (let plan = 0; plan < PLANS; plan += 1) {
		const tell = <K extends keyof PlanSink & string>(
			name: K,
			...args: unknown[]
		) => sinks[name]?.fn({ workflowId: `orch-${plan}` }, ...args);
		const labels = {
			risk_band: at(bands, plan),
			orchestrator_version: at(["V1", "V2"], plan >> 2),
		};
		const task_type = `TYPE-${plan % TASK_TYPES}`;
		const status = at(statuses, plan >> 3);
		intake.decision("started", "kafka");
		intake.consumed(`topic-${plan % TOPICS}`, 1);
		tell("validated", labels, "valid");
		tell("started", labels);
		tell("generated", labels, "NORMAL", [{ task_type, count: 10 }]);
		tell("allocated", labels, "intelligent_scheduler", 10);
		tell(
			"published",
			labels,
			[{ task_type, count: 10 }],
			[{ task_type, attempt: (plan % 12) + 2 }],
		);
		tell("firstTickets", labels, plan % 3_000);
		tell("results", labels, { applied: 10, late: 1 });
		tell("ticketsEnded", labels, [
			{ task_type, count: 10, outcome: at(outcomes, plan) },
		]);
		tell("compensating", labels, status);
		tell("compensated", labels, status, {
			...{ completed: 1, failed: plan % 2, durationMs: plan },
		});
		tell("ended", labels, { status, durationMs: plan });
		tell("frame", labels, "published", [{ name: "C1", durationMs: 1 }]);
		publisher.produced(`topic-${plan % TOPICS}`, [
			{
				topic: "",
				partition: plan % PARTITIONS,
				offset: "0",
			},
		]);
		metrics.kafkaConsumerLag.set(
			{
				topic: `topic-${plan % TOPICS}`,
				partition: plan % PARTITIONS,
				consumer_group: "g",
			},
			plan,
		);
		metrics.plansOpen.set({ status: "RUNNING", tenant: `t-${plan % 21}` }, 1);
		metrics.httpDurationSeconds.observe(
			{ method: "GET", route: `/r-${plan % 80}`, status: "200" },
			0.01,
		);
		metrics.mongodbDurationSeconds.observe(
			{ collection: `c-${plan % 12}`, operation: `o-${plan % 3}` },
			0.01,
		);
	}
	workers.viewed(
		{
			workers: Array.from({ length: WORKERS }, (_, index) => ({
				agent_id: `agent-${index}`,
				status: "HEALTHY",
				paused: null,
			})) as never,
			source: "registry",
			age_ms: 1_000,
		},
		false,
	);
}
