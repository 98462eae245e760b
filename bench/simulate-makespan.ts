import {
	type ChoiceRules,
	chooseWorkers,
} from "../src/domain/scheduling/choose-workers.ts";
import { createWorkerIndex } from "../src/domain/scheduling/worker-index.ts";
import { createRandom } from "../src/domain/seeded-random.ts";
import type { TimedTask } from "./makespan-plan.ts";

export interface SimulatedWorker {
	/** 1, or 4 for a worker that takes four times as long. */
	slowness: number;
	slots: number;
}

export interface Simulation {
	tasks: readonly TimedTask[];
	workers: readonly SimulatedWorker[];
	/** `key`: by a hash, as Kafka does; `worker`: by the scheduler. */
	routing: "key" | "worker";
	queueFactor: number;
	whenFull: ChoiceRules["whenFull"];
	seed: number;
	/** Between the end of a task and the dispatch of what it released. */
	reactionMs: number;
}

/** Plays the plan through without servers and answers how long it takes. */
export function simulateMakespan(simulation: Simulation): number {
	const { tasks, workers, reactionMs } = simulation;
	const dependants = tasks.map(() => [] as number[]);
	const missing = tasks.map(({ dependencies }) => dependencies.length);
	tasks.forEach(({ dependencies }, task) => {
		for (const one of dependencies) dependants[one]?.push(task);
	});
	const remaining = remainingPaths(tasks, dependants);
	const queues = workers.map(() => [] as number[]);
	const running = workers.map(() => 0);
	const events: { atMs: number; task: number; worker: number }[] = [];
	const route = createRouter(simulation);
	let ready = [...tasks.keys()].filter((task) => missing[task] === 0);
	let nowMs = 0;

	function begin(worker: number): void {
		const { slots, slowness } = workers[worker] as SimulatedWorker;
		const queue = queues[worker] as number[];
		while ((running[worker] as number) < slots && queue.length > 0) {
			const task = queue.shift() as number;
			(running[worker] as number) += 1;
			const { durationMs } = tasks[task] as TimedTask;
			events.push({ atMs: nowMs + durationMs * slowness, task, worker });
		}
	}

	function dispatch(): void {
		ready.sort((a, b) => (remaining[b] ?? 0) - (remaining[a] ?? 0));
		const held = queues.map(
			(queue, worker) => queue.length + (running[worker] as number),
		);
		const given = route(ready, held);
		ready = ready.filter((task, at) => {
			const worker = given[at] ?? null;
			if (worker === null) return true;
			queues[worker]?.push(task);
			return false;
		});
		for (const worker of workers.keys()) begin(worker);
	}

	dispatch();
	while (events.length > 0) {
		events.sort((a, b) => b.atMs - a.atMs);
		const first = events.pop() as (typeof events)[0];
		nowMs = first.atMs;
		const ended = [first];
		// Results of one window come together.
		while ((events.at(-1)?.atMs ?? Infinity) <= nowMs + reactionMs)
			ended.push(events.pop() as (typeof events)[0]);
		nowMs = Math.max(nowMs, ...ended.map(({ atMs }) => atMs));
		for (const { task, worker } of ended) {
			(running[worker] as number) -= 1;
			for (const dependant of dependants[task] ?? []) {
				(missing[dependant] as number) -= 1;
				if (missing[dependant] === 0) ready.push(dependant);
			}
		}
		for (const worker of workers.keys()) begin(worker);
		dispatch();
	}
	return nowMs;
}

function createRouter({
	workers,
	routing,
	queueFactor,
	whenFull,
	seed,
}: Simulation): (tasks: number[], held: number[]) => (number | null)[] {
	const random = createRandom(seed);
	if (routing === "key")
		return (tasks) => tasks.map(() => Math.floor(random() * workers.length));
	const index = createWorkerIndex(
		workers.map(({ slowness, slots }, worker) => ({
			agent_id: String(worker),
			capabilities: [],
			namespace: "default",
			security_level: "INTERNAL",
			status: "HEALTHY" as const,
			slots,
			active_tasks: null,
			telemetry: {
				success_rate: 1,
				avg_duration_ms: 100 * slowness,
				total_executions: 100,
			},
			paused: null,
		})),
		queueFactor,
	);
	const none = new Map<string, number>();
	const affinity = {
		enabled: true,
		planWeight: 0.6,
		antiWeight: 0.3,
		intentWeight: 0.1,
		threshold: 3,
	};
	return (tasks, held) => {
		const ticket = {
			needs: { capabilities: [], namespace: null, security_level: "INTERNAL" },
			priority: 0.5,
			isCritical: false,
		};
		return chooseWorkers(
			index,
			tasks.map(() => ticket),
			{
				held: new Map(held.map((count, worker) => [String(worker), count])),
				plan: none,
				intent: none,
				critical: none,
			},
			{ affinity, whenFull },
		).map(({ chosen }) => (chosen === null ? null : Number(chosen.agent_id)));
	};
}

/** The longest path from each task to an end: what C4 sorts by. */
function remainingPaths(
	tasks: readonly TimedTask[],
	dependants: readonly (readonly number[])[],
): number[] {
	const remaining: number[] = [];
	for (let task = tasks.length - 1; task >= 0; task -= 1)
		remaining[task] =
			(tasks[task]?.durationMs ?? 0) +
			Math.max(
				0,
				...(dependants[task] ?? []).map((one) => remaining[one] as number),
			);
	return remaining;
}
