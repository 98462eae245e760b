import assert from "node:assert/strict";
import { test } from "node:test";
import { scoreAffinity } from "../../../src/domain/scheduling/affinity.ts";
import {
	scoreComposite,
	scoreRoom,
} from "../../../src/domain/scheduling/composite-score.ts";
import {
	scoreTelemetry,
	scoreWorker,
	weighWorker,
} from "../../../src/domain/scheduling/worker-score.ts";

function assertClose(actual: number, expected: number): void {
	assert.ok(Math.abs(actual - expected) < 5e-4, `${actual}, not ${expected}`);
}

const good = {
	success_rate: 0.95,
	avg_duration_ms: 800,
	total_executions: 100,
};

test("scoreTelemetry: success, speed and experience; unknown is in the middle", () => {
	assertClose(scoreTelemetry(good), 0.758);
	assert.equal(scoreTelemetry(null), 0.5);
	assert.equal(scoreTelemetry({ ...good, success_rate: Number.NaN }), 0.5);
	const slow = { ...good, avg_duration_ms: 60_000, total_executions: 1e6 };
	assertClose(scoreTelemetry(slow), 0.77);
});

test("weighWorker: 0.4 health, 0.3 telemetry, 0.3 traces that nobody left yet", () => {
	const weigh = (status: "HEALTHY" | "DEGRADED" | "UNHEALTHY") =>
		weighWorker(scoreWorker({ status, telemetry: good }));
	assertClose(weigh("HEALTHY"), 0.7774);
	assertClose(weigh("DEGRADED"), 0.6174);
	assertClose(weigh("UNHEALTHY"), 0.4974);
});

// The earlier service's composite, for workers with a free slot.
for (const [agent, priority, expected] of [
	[0.8, 0.7, 0.76],
	[1, 1, 1],
	[0, 0, 0],
] as const)
	test(`scoreComposite: ${agent} with priority ${priority}`, () =>
		assertClose(scoreComposite(agent, priority, 1), expected));

test("scoreRoom: a free slot of a fast worker is all the room; a queue and slowness take from it alike", () => {
	assert.equal(scoreRoom(1, 0, 4), 1);
	assert.equal(scoreRoom(1, 3, 4), 1);
	assert.equal(scoreRoom(1, 7, 4), 0.5);
	assert.equal(scoreRoom(4, 0, 4), 0.25);
	assert.equal(scoreRoom(2, 7, 4), 0.25);
});

const rules = {
	enabled: true,
	planWeight: 0.6,
	antiWeight: 0.3,
	intentWeight: 0.1,
	threshold: 3,
};
const none = { plan: 0, intent: 0, critical: 0 };
const affinities = [
	{ name: "nothing known", counts: none, isCritical: false, score: 0.5 },
	{
		name: "three of the plan",
		counts: { ...none, plan: 3 },
		isCritical: false,
		score: 0.8,
	},
	{
		name: "more than the threshold is no more",
		counts: { ...none, plan: 30 },
		isCritical: false,
		score: 0.8,
	},
	{
		name: "two of the intent",
		counts: { ...none, intent: 2 },
		isCritical: false,
		score: 0.5333,
	},
	{
		name: "critical, two of the plan, and a critical one is there",
		counts: { plan: 2, intent: 0, critical: 1 },
		isCritical: true,
		score: 0.55,
	},
	{
		name: "critical, and none is there",
		counts: none,
		isCritical: true,
		score: 0.65,
	},
];
for (const { name, counts, isCritical, score } of affinities)
	test(`scoreAffinity: ${name}`, () => {
		const { plan, intent, critical } = counts;
		assertClose(
			scoreAffinity(rules, plan, intent, critical, isCritical),
			score,
		);
	});
