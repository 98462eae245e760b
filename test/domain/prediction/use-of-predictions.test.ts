import assert from "node:assert/strict";
import { test } from "node:test";
import { boostPriority } from "../../../src/domain/prediction/boost-priority.ts";
import {
	carryPrediction,
	predictionText,
	readCarried,
} from "../../../src/domain/prediction/carried-prediction.ts";
import { choose, idsOf, nothingHeld, ticketOf } from "../../support/choices.ts";
import { anomalous, predictionOf } from "../../support/predictions.ts";
import { workerOf } from "../../support/workers.ts";

// The earlier service's cases, with one boost for either reason.
for (const [name, priority, predictedMs, estimateMs, expected] of [
	["1.6 times its estimate", 0.75, 1_600, 1_000, 0.9],
	["a little more than its estimate", 0.75, 70_000, 60_000, 0.75],
	["at most 1", 0.95, 100_000, 60_000, 1],
	["exactly 1.5 times", 0.5, 1_500, 1_000, 0.5],
] as const)
	test(`boostPriority: ${name}`, () => {
		const prediction = predictionOf(predictedMs);
		const boosted = boostPriority(priority, estimateMs, prediction);
		assert.ok(Math.abs(boosted - expected) < 1e-9);
	});

test("boostPriority: an anomaly boosts, once; without a model nothing does", () => {
	const strange = { ...predictionOf(1_000), anomaly: anomalous };
	assert.equal(boostPriority(0.5, 1_000, strange), 0.6);
	assert.equal(boostPriority(0.5, 100, strange), 0.6);
	const guessed = { ...strange, source: "estimate" as const };
	assert.equal(boostPriority(0.5, 100, guessed), 0.5);
	assert.equal(boostPriority(0.5, 100, undefined), 0.5);
});

test("carryPrediction: documents show what was predicted, and the wire says it in short", () => {
	const strange = { ...predictionOf(1_000), anomaly: anomalous };
	const guessed = { ...predictionOf(5), model: null };
	const first = { retry_count: 0 };
	for (const one of [predictionOf(1_000), guessed, strange])
		assert.deepEqual(readCarried(carryPrediction(one, first)), one);
	assert.deepEqual(
		JSON.parse(predictionText(carryPrediction(strange, first))),
		{
			...{ duration_ms: 1_000, p10_ms: 500, p90_ms: 2_000 },
			...{ confidence: 0.5, source: "model", model: "m@1+2" },
			anomaly_type: "duration_outlier",
		},
	);
});

const measured = (agent_id: string, avg_duration_ms: number) =>
	workerOf(agent_id, {
		slots: 1,
		telemetry: { success_rate: 1, avg_duration_ms, total_executions: 100 },
	});

test("chooseWorkers: a ticket goes where the work before it ends first, not where the fewest tickets are", () => {
	const workers = [measured("a", 1_000), measured("b", 1_000)];
	const held = new Map([
		["a", 2],
		["b", 1],
	]);
	const place = (predictedMs: number | undefined, a: number, b: number) => {
		const work = new Map([
			["a", a],
			["b", b],
		]);
		const holdings = { ...nothingHeld, held, work };
		const ticket = ticketOf([], { predictedMs });
		return choose(workers, [ticket], { queueFactor: 4, holdings })[0];
	};
	assert.equal(place(500, 200, 60_000)?.chosen?.agent_id, "a");
	assert.equal(place(undefined, 200, 60_000)?.chosen?.agent_id, "b");
	const { chosen } = place(500, 60_000, 200) ?? {};
	assert.equal(chosen?.agent_id, "b");
	assert.equal(chosen?.predicted_queue_ms, 200);
	assert.equal(chosen?.predicted_load_pct, 1);
	assert.equal(chosen?.predicted_ms, 500);
	// Nobody believes more than a minute.
	const long = place(500, 90_000, 90_001)?.chosen;
	assert.equal(long?.predicted_queue_ms, 60_000);
});

test("chooseWorkers: whether a worker is late is told by the ticket's own prediction and the worker's speed", () => {
	const workers = [measured("fast", 1_000), measured("slow", 4_000)];
	const holdings = {
		...nothingHeld,
		held: new Map([["fast", 1]]),
		work: new Map([["fast", 2_000]]),
	};
	// A prediction means a worker of median speed, here the slow one; by the mean of its tickets nobody is late.
	const ticket = ticketOf([], { predictedMs: 40_000, leftMs: 15_000 });
	const [choice] = choose(workers, [ticket], { holdings });
	assert.deepEqual(idsOf([choice as never]), ["fast"]);
	assert.equal(choice?.best[0]?.predicted_ms, 10_000);
	assert.ok((choice?.best[1]?.composite_score ?? 1) < 0.001);
});
