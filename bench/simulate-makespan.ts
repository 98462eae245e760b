import {
	type ChoiceRules,
	chooseWorkers,
} from "../src/domain/scheduling/choose-workers.ts";
import {
	leaveTrace,
	type Trace,
	type TraceOutcome,
	traceTerms,
} from "../src/domain/scheduling/traces.ts";
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
	/** From then on this worker fails whatever it is given, after a twentieth of its time. */
	failing?: { worker: number; fromMs: number };
	/** Outcomes leave traces, which count. */
	traces?: boolean;
}

export interface Simulated {
	makespanMs: number;
	/** Attempts that the failing worker had. */
	failures: number;
	/** Tasks that failed for good; what depends on them goes on all the same, so that plans can be compared. */
	lost: number;
}

/** A failed task is tried again as plans do by default. */
const MAX_ATTEMPTS = 3;
const BACK_OFF_MS = 200;
const HALF_LIFE_MS = 600_000;

/** Plays the plan through without servers and answers how long it takes. */
export function simulateMakespan(simulation: Simulation): number {
	return simulatePlan(simulation).makespanMs;
}

/** The same, with what a failing worker did to it. */
export function simulatePlan(simulation: Simulation): Simulated {
	const { tasks, workers, reactionMs, failing } = simulation;
	const dependants = tasks.map(() => [] as number[]);
	const missing = tasks.map(({ dependencies }) => dependencies.length);
	tasks.forEach(({ dependencies }, task) => {
		for (const one of dependencies) dependants[one]?.push(task);
	});
	const remaining = remainingPaths(tasks, dependants);
	const queues = workers.map(() => [] as number[]);
	const running = workers.map(() => 0);
	const events: { atMs: number; task: number; worker: number | null }[] = [];
	const work = workers.map(() => 0);
	const failed: number[] = [];
	let failures = 0;
	let lost = 0;
	const traces = new Map<string, Trace>();
	const route = createRouter(simulation);
	let ready = [...tasks.keys()].filter((task) => missing[task] === 0);
	let nowMs = 0;

	function begin(worker: number): void {
		const { slots, slowness } = workers[worker] as SimulatedWorker;
		const queue = queues[worker] as number[];
		while ((running[worker] as number) < slots && queue.length > 0) {
			const task = queue.shift() as number;
			(running[worker] as number) += 1;
			const durationMs = (tasks[task] as TimedTask).durationMs * slowness;
			const share = isFailing(worker) ? 0.05 : 1;
			events.push({ atMs: nowMs + share * durationMs, task, worker });
		}
	}

	function dispatch(): void {
		ready.sort((a, b) => (remaining[b] ?? 0) - (remaining[a] ?? 0));
		const held = queues.map(
			(queue, worker) => queue.length + (running[worker] as number),
		);
		const given = route(ready, { held, work, traces, nowMs });
		ready = ready.filter((task, at) => {
			const worker = given[at] ?? null;
			if (worker === null) return true;
			queues[worker]?.push(task);
			(work[worker] as number) += workOf(task, worker);
			return false;
		});
		for (const worker of workers.keys()) begin(worker);
	}

	function isFailing(worker: number): boolean {
		return failing?.worker === worker && nowMs >= failing.fromMs;
	}

	function workOf(task: number, worker: number): number {
		const { slowness } = workers[worker] as SimulatedWorker;
		return (tasks[task]?.predictedMs ?? 0) * slowness;
	}

	function leave(worker: number, outcome: TraceOutcome): void {
		const id = String(worker);
		const trace = leaveTrace(traces.get(id), outcome, nowMs, HALF_LIFE_MS);
		if (simulation.traces) traces.set(id, trace);
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
			// A back-off is over.
			if (worker === null) {
				ready.push(task);
				continue;
			}
			(running[worker] as number) -= 1;
			(work[worker] as number) -= workOf(task, worker);
			const fails = isFailing(worker);
			leave(worker, fails ? "failure" : "success");
			if (fails) {
				failures += 1;
				failed[task] = (failed[task] ?? 0) + 1;
				if (failed[task] === MAX_ATTEMPTS) lost += 1;
			}
			if (fails && (failed[task] ?? 0) < MAX_ATTEMPTS) {
				events.push({ atMs: nowMs + BACK_OFF_MS, task, worker: null });
				continue;
			}
			for (const dependant of dependants[task] ?? []) {
				(missing[dependant] as number) -= 1;
				if (missing[dependant] === 0) ready.push(dependant);
			}
		}
		for (const worker of workers.keys()) begin(worker);
		dispatch();
	}
	return { makespanMs: nowMs, failures, lost };
}

interface Counts {
	held: readonly number[];
	work: readonly number[];
	traces: ReadonlyMap<string, Trace>;
	nowMs: number;
}

function createRouter({
	tasks: all,
	workers,
	routing,
	queueFactor,
	whenFull,
	seed,
}: Simulation): (tasks: number[], counts: Counts) => (number | null)[] {
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
	return (tasks, { held, work, traces, nowMs }) => {
		const terms = traceTerms(index.workers, traces, nowMs, HALF_LIFE_MS);
		const ticketOf = (task: number) => ({
			needs: { capabilities: [], namespace: null, security_level: "INTERNAL" },
			priority: 0.5,
			isCritical: false,
			predictedMs: all[task]?.predictedMs,
			traces: terms,
		});
		return chooseWorkers(
			index,
			tasks.map(ticketOf),
			{
				held: new Map(held.map((count, worker) => [String(worker), count])),
				work: new Map(work.map((ms, worker) => [String(worker), ms])),
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
			expectedMs(tasks[task]) +
			Math.max(
				0,
				...(dependants[task] ?? []).map((one) => remaining[one] as number),
			);
	return remaining;
}

function expectedMs(task: TimedTask | undefined): number {
	if (task === undefined) return 0;
	return task.predictedMs ?? task.estimatedMs ?? task.durationMs;
}
