import {
	leaveTrace,
	type Trace,
	type TraceEnd,
} from "../src/domain/scheduling/traces.ts";
import { expectedMs, type TimedTask } from "./makespan-plan.ts";
import {
	createRouter,
	type Given,
	HALF_LIFE_MS,
	type SimulatedScheduler,
	type SimulatedWorker,
	type WorkerMemory,
} from "./simulated-scheduler.ts";

export interface Simulation extends SimulatedScheduler {
	/** Between the end of a task and the dispatch of what it released. */
	reactionMs: number;
	/** From then on this worker fails whatever it is given, after a twentieth of its time. */
	failing?: { worker: number; fromMs: number };
}

export function newMemory(workers: readonly SimulatedWorker[]): WorkerMemory {
	return { recentMs: workers.map(() => []), traces: new Map(), nowMs: 0 };
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
/** In the mean that agents report. */
const REMEMBERED_EXECUTIONS = 100;

/** Plays the plan through without servers and answers how long it takes. */
export function simulateMakespan(simulation: Simulation): number {
	return simulatePlan(simulation).makespanMs;
}

/** The same, with what a failing worker did to it. */
export function simulatePlan(simulation: Simulation): Simulated {
	const { tasks, workers, reactionMs, failing, memory } = simulation;
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
	/** What was expected of each task where it is, ms. */
	const expected: number[] = [];
	const failed: number[] = [];
	/** Tasks that wait, and since when. */
	const since = new Map<number, number>();
	let failures = 0;
	let lost = 0;
	const traces = memory?.traces ?? new Map<string, Trace>();
	const route = createRouter(simulation);
	let ready = [...tasks.keys()].filter((task) => missing[task] === 0);
	const startMs = memory?.nowMs ?? 0;
	let nowMs = startMs;

	function begin(worker: number): void {
		const { slots } = workers[worker] as SimulatedWorker;
		const queue = queues[worker] as number[];
		while ((running[worker] as number) < slots && queue.length > 0) {
			const task = queue.shift() as number;
			(running[worker] as number) += 1;
			const share = isFailing(worker) ? 0.05 : 1;
			const endsAtMs = nowMs + share * durationOn(task, worker);
			events.push({ atMs: endsAtMs, task, worker });
		}
	}

	function dispatch(): void {
		ready.sort(inTurn);
		const held = queues.map(
			(queue, worker) => queue.length + (running[worker] as number),
		);
		const given = route(ready, { held, work, traces, nowMs });
		ready = ready.filter((task, at) => {
			const { worker, ownMs } = given[at] as Given;
			if (worker === null) {
				if (!since.has(task)) since.set(task, nowMs);
				return true;
			}
			queues[worker]?.push(task);
			expected[task] = ownMs;
			(work[worker] as number) += ownMs;
			return false;
		});
		for (const worker of workers.keys()) begin(worker);
	}

	/** As plans do: new ones first, longest path first, then those that have waited longest. */
	function inTurn(a: number, b: number): number {
		const byWait = (since.get(a) ?? 0) - (since.get(b) ?? 0);
		return byWait || (remaining[b] ?? 0) - (remaining[a] ?? 0);
	}

	function isFailing(worker: number): boolean {
		return failing?.worker === worker && nowMs >= failing.fromMs;
	}

	function durationOn(task: number, worker: number): number {
		const { slowness } = workers[worker] as SimulatedWorker;
		return (tasks[task] as TimedTask).durationMs * slowness;
	}

	function leave(task: number, worker: number, fails: boolean): void {
		const tookMs = durationOn(task, worker);
		const recent = memory?.recentMs[worker];
		recent?.push(tookMs);
		if (recent && recent.length > REMEMBERED_EXECUTIONS) recent.shift();
		if (!simulation.traces) return;
		const { predictedMs } = tasks[task] as TimedTask;
		const end: TraceEnd = fails
			? { outcome: "failure" }
			: { outcome: "success", pace: predictedMs && tookMs / predictedMs };
		const id = String(worker);
		traces.set(id, leaveTrace(traces.get(id), end, nowMs, HALF_LIFE_MS));
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
			(work[worker] as number) -= expected[task] as number;
			const fails = isFailing(worker);
			leave(task, worker, fails);
			if (fails) {
				failures += 1;
				failed[task] = (failed[task] ?? 0) + 1;
				if (failed[task] === MAX_ATTEMPTS) lost += 1;
			}
			if (fails && (failed[task] ?? 0) < MAX_ATTEMPTS) {
				since.delete(task);
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
	if (memory) memory.nowMs = nowMs;
	return { makespanMs: nowMs - startMs, failures, lost };
}

/** The longest path from each task to an end: what C4 sorts by. */
function remainingPaths(
	tasks: readonly TimedTask[],
	dependants: readonly (readonly number[])[],
): number[] {
	const remaining: number[] = [];
	for (let task = tasks.length - 1; task >= 0; task -= 1)
		remaining[task] =
			expectedMs(tasks[task] as TimedTask) +
			Math.max(
				0,
				...(dependants[task] ?? []).map((one) => remaining[one] as number),
			);
	return remaining;
}
