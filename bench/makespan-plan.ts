import { createRandom } from "../src/domain/seeded-random.ts";

/** One ticket of the plan whose makespan is compared. */
export interface TimedTask {
	id: string;
	/** What it takes on a fast worker. */
	durationMs: number;
	dependencies: number[];
	/** What its team says; absent: they know. */
	estimatedMs?: number;
	/** What a model says; absent: there is none. */
	predictedMs?: number;
}

const LAYERS = 12;
export const TASKS = 500;

/**
 * 500 tasks in 12 layers; each needs one to three of the layer before. Durations are log-normal, with a heavy
 * tail: most are short, a few long ones make the critical path. The same seed gives the same plan.
 */
export function layeredPlan(seed: number, medianMs: number): TimedTask[] {
	const random = createRandom(seed);
	const layerOf = (task: number) => Math.floor((task * LAYERS) / TASKS);
	const tasks: TimedTask[] = [];
	let before: number[] = [];
	let current: number[] = [];
	for (let task = 0; task < TASKS; task += 1) {
		if (task > 0 && layerOf(task) !== layerOf(task - 1)) {
			before = current;
			current = [];
		}
		current.push(task);
		const wanted = Math.min(before.length, 1 + Math.floor(random() * 3));
		const dependencies = new Set<number>();
		while (dependencies.size < wanted)
			dependencies.add(before[Math.floor(random() * before.length)] as number);
		tasks.push({
			id: `t-${task}`,
			durationMs: Math.max(1, Math.round(medianMs * heavyTail(random))),
			dependencies: [...dependencies].sort((a, b) => a - b),
		});
	}
	return tasks;
}

/** Factors of the teams' estimates, and their spread in log: as in the generator that models are judged by. */
const TEAM_FACTORS = [0.6, 0.8, 1.3, 2];
const ESTIMATE_SPREAD = 0.4;
/** What no feature tells. */
const UNKNOWN_SPREAD = 0.25;

/** The plan with the estimates of four teams; `isPredicted`: and with what a model says that knows all but the noise. */
export function withEstimates(
	tasks: readonly TimedTask[],
	seed: number,
	isPredicted: boolean,
): TimedTask[] {
	const random = createRandom(seed + 1_000);
	return tasks.map((task) => {
		const team = TEAM_FACTORS[Math.floor(4 * random())] as number;
		const said = team * Math.exp(ESTIMATE_SPREAD * normal(random));
		const noise = Math.exp(UNKNOWN_SPREAD * normal(random));
		return {
			...task,
			estimatedMs: Math.max(1, Math.round(task.durationMs * said)),
			...(isPredicted && {
				predictedMs: Math.max(1, Math.round(task.durationMs * noise)),
			}),
		};
	});
}

const SIGMA = 1.2;
/** The tail ends here: one task alone must not be the plan. */
const MAX_FACTOR = 20;

function heavyTail(random: () => number): number {
	return Math.min(MAX_FACTOR, Math.exp(SIGMA * normal(random)));
}

function normal(random: () => number): number {
	return (
		Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
	);
}

/** The longest path through the plan on fast workers: no schedule is shorter. */
export function criticalPathMs(tasks: readonly TimedTask[]): number {
	const ends: number[] = [];
	tasks.forEach(({ durationMs, dependencies }, at) => {
		const from = Math.max(0, ...dependencies.map((one) => ends[one] as number));
		ends[at] = from + durationMs;
	});
	return Math.max(...ends);
}

/** What a plan is ordered by: the best that is known of the task. */
export function expectedMs(task: TimedTask): number {
	return task.predictedMs ?? task.estimatedMs ?? task.durationMs;
}
