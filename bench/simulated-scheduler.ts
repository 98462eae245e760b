import { boostPriority } from "../src/domain/prediction/boost-priority.ts";
import type { TicketPrediction } from "../src/domain/prediction/prediction.ts";
import {
	type ChoiceRules,
	chooseWorkers,
} from "../src/domain/scheduling/choose-workers.ts";
import { type Trace, traceTerms } from "../src/domain/scheduling/traces.ts";
import {
	createWorkerIndex,
	type WorkerIndex,
} from "../src/domain/scheduling/worker-index.ts";
import { createRandom } from "../src/domain/seeded-random.ts";
import { expectedMs, type TimedTask } from "./makespan-plan.ts";

export interface SimulatedWorker {
	/** 1, or 4 for a worker that takes four times as long. */
	slowness: number;
	slots: number;
}

/** What is known of the workers, by position. */
export interface WorkerMemory {
	/** Durations of their last executions: agents report the mean. */
	recentMs: number[][];
	traces: Map<string, Trace>;
	/** The plans before took so long. */
	nowMs: number;
}

/** What chooses workers. */
export interface SimulatedScheduler {
	tasks: readonly TimedTask[];
	workers: readonly SimulatedWorker[];
	/** `key`: by a hash, as Kafka does; `worker`: by the scheduler. */
	routing: "key" | "worker";
	queueFactor: number;
	whenFull: ChoiceRules["whenFull"];
	seed: number;
	/** Outcomes leave traces, which count. */
	traces?: boolean;
	/** What was learned of the workers; this plan adds to it. Absent: their speeds are known from the start. */
	memory?: WorkerMemory;
}

const PRIORITY = 0.5;
export const HALF_LIFE_MS = 600_000;
const HEARTBEAT_MS = 2_000;

interface Counts {
	held: readonly number[];
	work: readonly number[];
	traces: ReadonlyMap<string, Trace>;
	nowMs: number;
}

export interface Given {
	/** null: it waits. */
	worker: number | null;
	/** What is expected of it there. */
	ownMs: number;
}

export type Router = (tasks: number[], counts: Counts) => Given[];

export function createRouter(simulation: SimulatedScheduler): Router {
	const { tasks: all, workers, routing, whenFull, seed } = simulation;
	const random = createRandom(seed);
	if (routing === "key")
		return (tasks) =>
			tasks.map(() => ({
				worker: Math.floor(random() * workers.length),
				ownMs: 0,
			}));
	const indexAt = createView(simulation);
	const none = new Map<string, number>();
	const affinity = {
		enabled: true,
		planWeight: 0.6,
		antiWeight: 0.3,
		intentWeight: 0.1,
		threshold: 3,
	};
	return (tasks, { held, work, traces, nowMs }) => {
		const index = indexAt(nowMs);
		const terms = traceTerms(index.workers, traces, nowMs, HALF_LIFE_MS);
		const ticketOf = (task: TimedTask) => ({
			needs: { capabilities: [], namespace: null, security_level: "INTERNAL" },
			priority: priorityOf(task),
			isCritical: false,
			estimatedMs: expectedMs(task),
			predictedMs: task.predictedMs,
			traces: simulation.traces ? terms : undefined,
		});
		const heldBy = new Map(
			held.map((count, worker) => [String(worker), count]),
		);
		return chooseWorkers(
			index,
			tasks.map((task) => ticketOf(all[task] as TimedTask)),
			{
				...{ held: heldBy, plan: heldBy, intent: heldBy, critical: none },
				work: new Map(work.map((ms, worker) => [String(worker), ms])),
			},
			{ affinity, whenFull },
		).map(({ chosen, bestMs }) => ({
			worker: chosen === null ? null : Number(chosen.agent_id),
			ownMs: bestMs[0] ?? 0,
		}));
	};
}

function priorityOf({ estimatedMs, predictedMs }: TimedTask) {
	if (predictedMs === undefined) return PRIORITY;
	const prediction = {
		...{ duration_ms: predictedMs, source: "model" as const },
		anomaly: { is_anomaly: false } as TicketPrediction["anomaly"],
	};
	return boostPriority(PRIORITY, estimatedMs ?? null, prediction);
}

/** The workers as they are seen: by their own heartbeats, or as they are. */
function createView({
	workers,
	queueFactor,
	memory,
}: SimulatedScheduler): (nowMs: number) => WorkerIndex {
	let seenMs = -Infinity;
	let index: WorkerIndex | undefined;
	return (nowMs) => {
		if (index !== undefined && (!memory || nowMs - seenMs < HEARTBEAT_MS))
			return index;
		seenMs = nowMs;
		index = createWorkerIndex(
			workers.map(({ slowness, slots }, worker) => {
				const recent = memory?.recentMs[worker];
				const sum = recent?.reduce((a, b) => a + b, 0) ?? 0;
				return {
					agent_id: String(worker),
					capabilities: [],
					namespace: "default",
					security_level: "INTERNAL",
					status: "HEALTHY" as const,
					slots,
					active_tasks: null,
					telemetry: {
						success_rate: 1,
						avg_duration_ms: recent
							? sum / Math.max(1, recent.length)
							: 100 * slowness,
						total_executions: recent?.length ?? 100,
					},
					paused: null,
				};
			}),
			queueFactor,
		);
		return index;
	};
}
