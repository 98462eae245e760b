import { createRandom } from "../src/domain/seeded-random.ts";

/** One ticket of the plan whose makespan is compared. */
export interface TimedTask {
	id: string;
	/** What it takes on a fast worker. */
	durationMs: number;
	dependencies: number[];
}

export const LAYERS = 12;
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

const SIGMA = 1.2;
/** The tail ends here: one task alone must not be the plan. */
const MAX_FACTOR = 20;

function heavyTail(random: () => number): number {
	const normal =
		Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
	return Math.min(MAX_FACTOR, Math.exp(SIGMA * normal));
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
