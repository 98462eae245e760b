import assert from "node:assert/strict";
import { test } from "node:test";
import { criticalPathMs, layeredPlan } from "../../bench/makespan-plan.ts";
import { simulateMakespan } from "../../bench/simulate-makespan.ts";

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
