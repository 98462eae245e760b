import assert from "node:assert/strict";
import { test } from "node:test";
import {
	criticalPathMs,
	layeredPlan,
	withEstimates,
} from "../../bench/makespan-plan.ts";
import {
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

/** Eight workers no two pairs of which are alike, and estimates as teams make them. */
function unequal(
	seed: number,
	isPredicted: boolean,
	more: Partial<Simulation> = {},
): Simulation {
	return {
		tasks: withEstimates(layeredPlan(seed, 200), seed, isPredicted),
		workers: [1, 1.3, 1.7, 2, 2.5, 3, 4, 4].map((slowness) => ({
			slowness,
			slots: 4,
		})),
		...({ routing: "worker", whenFull: "wait" } as const),
		...{ queueFactor: 2, seed, reactionMs: 100, ...more },
	};
}

test("simulateMakespan: predictions and traces save a tenth of what the scheduler alone takes, on eight unequal workers", () => {
	const ratios = seeds.map(
		(seed) =>
			simulateMakespan(unequal(seed, true, { traces: true })) /
			simulateMakespan(unequal(seed, false)),
	);
	assert.ok(median(ratios) <= 0.9, `${ratios}`);
});

test("simulatePlan: the fastest worker begins to fail: with traces it gets ten tickets more at most and no task is lost, without them a fifth", () => {
	const failing = { worker: 0, fromMs: 1_000 };
	for (const seed of seeds) {
		const without = simulatePlan(unequal(seed, false, { failing }));
		assert.ok(without.lost >= 100, `${without.lost}`);
		const traced = simulatePlan(
			unequal(seed, false, { failing, traces: true }),
		);
		assert.ok(traced.failures <= 10 && traced.lost === 0, `${seed}`);
	}
});
