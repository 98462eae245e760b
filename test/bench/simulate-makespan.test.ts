import assert from "node:assert/strict";
import { test } from "node:test";
import {
	criticalPathMs,
	layeredPlan,
	withEstimates,
} from "../../bench/makespan-plan.ts";
import {
	newMemory,
	type Simulation,
	simulateMakespan,
	simulatePlan,
} from "../../bench/simulate-makespan.ts";

const seeds = [1, 2, 3, 4, 5];
const workers = Array.from({ length: 8 }, (_, at) => ({
	slowness: at < 2 ? 4 : 1,
	slots: 4,
}));

function median(values: number[]): number {
	return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

test("simulateMakespan: routing to the chosen worker saves more than a quarter, full or not", () => {
	for (const whenFull of ["overflow", "wait"] as const) {
		const ratios = seeds.map((seed) => {
			const plan = {
				tasks: layeredPlan(seed, 100),
				workers,
				queueFactor: 2,
				whenFull,
				seed,
				reactionMs: 20,
			};
			return (
				simulateMakespan({ ...plan, routing: "worker" }) /
				simulateMakespan({ ...plan, routing: "key" })
			);
		});
		assert.ok(median(ratios) <= 0.75, `${whenFull}: ${ratios}`);
	}
});

test("layeredPlan: the critical path is at least 40 % of the makespan of the better routing, and a seed gives one plan", () => {
	const shares = seeds.map((seed) => {
		const tasks = layeredPlan(seed, 100);
		assert.deepEqual(layeredPlan(seed, 100), tasks);
		assert.equal(tasks.length, 500);
		const makespanMs = simulateMakespan({
			tasks,
			workers,
			queueFactor: 2,
			whenFull: "overflow",
			seed,
			reactionMs: 20,
			routing: "worker",
		});
		return criticalPathMs(tasks) / makespanMs;
	});
	assert.ok(median(shares) >= 0.4, `${shares}`);
});

/** Eight workers no two pairs of which are alike, two executions at once, and estimates as teams make them. */
const unequal = [1, 1.3, 1.7, 2, 2.5, 3, 4, 4].map((slowness) => ({
	...{ slowness, slots: 2 },
}));
/** A prediction means this one. */
const TYPICAL_SLOWNESS = 2.5;

function planOf(
	seed: number,
	isPredicted: boolean,
	more: Partial<Simulation> = {},
): Simulation {
	const tasks = withEstimates(layeredPlan(seed, 200), seed, isPredicted);
	return {
		tasks: tasks.map(({ predictedMs, ...task }) => ({
			...task,
			...(predictedMs && { predictedMs: TYPICAL_SLOWNESS * predictedMs }),
		})),
		workers: unequal,
		...({ routing: "worker", whenFull: "wait" } as const),
		...{ queueFactor: 2, seed, reactionMs: 100, ...more },
	};
}

/** Makespans of the seeds, one plan after the other: as in the bench, after one from which workers have telemetry. */
function playAll(
	seeds: readonly number[],
	isPredicted: boolean,
	more: Partial<Simulation> = {},
): number[] {
	const memory = newMemory(unequal);
	const [, ...measured] = [99, ...seeds].map((seed) =>
		simulateMakespan(planOf(seed, isPredicted, { memory, ...more })),
	);
	return measured;
}

test("simulateMakespan: predictions and traces save an eighth of what the scheduler alone takes, on eight unequal workers; without what outcomes say of their speed less", () => {
	const twenty = Array.from({ length: 20 }, (_, at) => at + 1);
	const alone = playAll(twenty, false);
	const toAlone = (makespans: number[]) =>
		median(makespans.map((ms, at) => ms / (alone[at] as number)));
	const learned = toAlone(playAll(twenty, true, { traces: true }));
	const byMeans = toAlone(playAll(twenty, true));
	assert.ok(learned <= 0.87 && learned < byMeans, `${learned}, ${byMeans}`);
});

test("simulatePlan: the fastest worker begins to fail: with traces it gets ten tickets more at most and no task is lost, without them a fifth", () => {
	const failing = { worker: 0, fromMs: 1_000 };
	for (const seed of seeds) {
		const without = simulatePlan(planOf(seed, false, { failing }));
		assert.ok(without.lost >= 100, `${without.lost}`);
		const traced = simulatePlan(planOf(seed, false, { failing, traces: true }));
		assert.ok(traced.failures <= 10 && traced.lost === 0, `${seed}`);
	}
});
