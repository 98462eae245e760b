import assert from "node:assert/strict";
import { test } from "node:test";
import { featureNames } from "../../../src/domain/prediction/features.ts";
import { fitModel } from "../../../src/domain/prediction/fit.ts";
import { quantilesOf } from "../../../src/domain/prediction/predict.ts";
import type { FinishedTicket } from "../../../src/domain/prediction/prediction.ts";
import { robustSpread } from "../../../src/domain/prediction/quantiles.ts";
import { readModel } from "../../../src/domain/prediction/read-model.ts";
import { createSample } from "../../../src/domain/prediction/sample-tickets.ts";
import { scorePredictions } from "../../../src/domain/prediction/scores.ts";
import { createRandom } from "../../../src/domain/seeded-random.ts";
import { historyBeginsMs, makeHistory } from "../../support/ticket-history.ts";
import {
	calmHistory,
	calmModel,
	finished,
	unseenTickets,
} from "./made-models.ts";

test("fitModel: foretells what it has not seen far better than estimates and type medians", () => {
	const completed = unseenTickets.filter((ticket) => ticket.completed);
	const foretold = completed.map((ticket) => {
		const { p10, p50, p90 } = quantilesOf(ticket, calmModel);
		return {
			actual: ticket.actual_duration_ms,
			p10: Math.exp(p10),
			p50: Math.exp(p50),
			p90: Math.exp(p90),
			typeMedian: calmModel.history[ticket.task_type]?.median_ms ?? 0,
		};
	});
	const scores = scorePredictions(foretold);
	const byEstimate = scorePredictions(
		foretold.map((one, at) => ({
			...one,
			p50: completed[at]?.estimated_duration_ms ?? 0,
		})),
	);
	assert.ok(scores && byEstimate);
	assert.ok(scores.mae_percent < 0.75 * byEstimate.mae_percent);
	assert.ok(scores.to_type_median < 0.75, String(scores.to_type_median));
	assert.ok(Math.abs(scores.p90_coverage_percent - 90) < 5);
	assert.ok(calmModel.tested && calmModel.tested.to_type_median < 0.75);
});

test("fitModel: its spread is that of tickets it has not seen, whatever trees have learned by heart", () => {
	for (const seed of [1, 2, 3]) {
		const tickets = makeHistory({ tickets: 5_000, drift: {}, seed });
		const model = fitModel(tickets.slice(0, 2_000), { name: "durations" });
		assert.ok(model?.boosting);
		const residuals = tickets
			.slice(2_000)
			.filter(({ completed }) => completed)
			.map(
				(ticket) =>
					Math.log(ticket.actual_duration_ms) - quantilesOf(ticket, model).p50,
			);
		const { spread = 0 } = model.residuals["*"] ?? {};
		const ratio = spread / robustSpread(residuals);
		assert.ok(ratio > 0.97 && ratio < 1.2, `seed ${seed}: ${ratio}`);
	}
});

test("fitModel: the same tickets in another order make the same model, which can be read", () => {
	const random = createRandom(5);
	const tickets = calmHistory.slice(0, 1_500);
	const mixed = tickets
		.map((ticket) => ({ ticket, at: random() }))
		.sort((one, other) => one.at - other.at)
		.map(({ ticket }) => ticket);
	const [one, other] = [tickets, mixed].map((own) =>
		fitModel(own, { name: "durations" }),
	);
	assert.ok(one?.boosting);
	assert.deepEqual(other, one);
	assert.deepEqual(readModel(JSON.parse(JSON.stringify(one))), { model: one });
});

const HOUR_MS = 3_600_000;

/** How many different things a model of these says of the 24 hours. */
function saidOfHours(past: readonly FinishedTicket[]): number {
	const model = fitModel(past, { name: "durations" });
	assert.ok(model?.boosting);
	const ticket = past.find(({ completed }) => completed) ?? assert.fail();
	const said = Array.from({ length: 24 }, (_, hour) => {
		const at_ms = historyBeginsMs + hour * HOUR_MS;
		return JSON.stringify(quantilesOf({ ...ticket, at_ms }, model));
	});
	return new Set(said).size;
}

test("fitModel: the hour counts once most hours were seen on two dates; before, a model says the same at every hour", () => {
	const saidFrom = (days: number) =>
		saidOfHours(makeHistory({ tickets: 1_500, days, drift: {} }));
	for (const days of [0.5, 1.1, 1.5]) assert.equal(saidFrom(days), 1);
	for (const days of [3, 30]) assert.ok(saidFrom(days) > 1);
});

test("fitModel: an hour's burst and one ticket of the day before say nothing of hours", () => {
	const burst = makeHistory({ tickets: 1_500, days: 1 / 24, drift: {} });
	const [first = assert.fail()] = burst;
	const straggler = {
		...first,
		ticket_id: "straggler",
		at_ms: first.at_ms - 25 * HOUR_MS,
		ended_at_ms: first.ended_at_ms - 25 * HOUR_MS,
	};
	assert.equal(saidOfHours([straggler, ...burst]), 1);
});

test("fitModel: a history of one ticket, or none, makes no model", () => {
	for (const tickets of [[], [finished(5_000)], calmHistory.slice(0, 90)])
		assert.equal(fitModel(tickets, { name: "durations" }), null);
});

test("fitModel: one ticket is enough where one is asked for, and a type nobody has seen has an answer", () => {
	const model = fitModel([finished(5_000)], { name: "one", minTickets: 1 });
	assert.ok(model);
	assert.deepEqual(readModel(model), { model });
	const said = quantilesOf(finished(1, { task_type: "QUERY" }), model);
	assert.ok(Math.abs(said.p50 - Math.log(5_000)) < 0.01);
});

test("fitModel: figures that are no numbers are left out and counted", () => {
	const tickets = calmHistory.slice(0, 400);
	const bad: FinishedTicket[] = [
		finished(Number.NaN),
		finished(0),
		finished(-5),
		finished(Number.POSITIVE_INFINITY),
		finished(5, { parameters_size: Number.NaN }),
		finished(5, { estimated_duration_ms: Number.NaN }),
		finished(5, { at_ms: Number.NaN }),
	];
	const clean = fitModel(tickets, { name: "durations" });
	const dirty = fitModel([...bad, ...tickets], { name: "durations" });
	assert.ok(clean && dirty);
	assert.equal(dirty.trained.unusable, clean.trained.unusable + bad.length);
	assert.deepEqual({ ...dirty, trained: null }, { ...clean, trained: null });
	assert.equal(dirty.trained.data_hash, clean.trained.data_hash);
});

test("fitModel: boosts from a thousand tickets on", () => {
	const completed = calmHistory.filter((ticket) => ticket.completed);
	const fitted = (count: number) =>
		fitModel(completed.slice(0, count), { name: "durations" });
	assert.equal(fitted(999)?.boosting, null);
	assert.notEqual(fitted(1_000)?.boosting, null);
});

test("fitModel: learns more from more", () => {
	const tickets = makeHistory({ tickets: 2_500, days: 10, drift: {}, seed: 3 });
	const future = tickets.slice(2_000).filter(({ completed }) => completed);
	const errorOf = (count: number) => {
		const model = fitModel(tickets.slice(2_000 - count, 2_000), { name: "d" });
		assert.ok(model);
		const errors = future.map((ticket) =>
			Math.abs(
				Math.log(ticket.actual_duration_ms) - quantilesOf(ticket, model).p50,
			),
		);
		return errors.reduce((a, b) => a + b, 0);
	};
	const [few = 0, some = 0, many = 0] = [150, 600, 2_000].map(errorOf);
	assert.ok(few > some && some > many, `${few} ${some} ${many}`);
});

test("fitModel: around somebody else's trees come intervals, limits and history of our own", () => {
	const trees = {
		base: 0,
		...{ roots: [0], feature: [-1], threshold: [0] },
		...{ left: [0], right: [0], value: [30_000] },
	};
	const model = fitModel(calmHistory, {
		name: "theirs",
		foreign: { trees, unit: "ms", feature_schema: "documented-15" },
	});
	assert.ok(model);
	assert.equal(featureNames[model.feature_schema].length, 15);
	const { p10, p50, p90 } = quantilesOf(finished(1), model);
	assert.ok(Math.abs(p50 - Math.log(30_000)) < 1e-9);
	assert.ok(p10 < p90);
	assert.equal(model.boosting, null);
});

test("createSample: at most so many, the newest and of the others each with the same chance, in their order", () => {
	const counts = Array.from({ length: 20 }, () => 0);
	for (let seed = 0; seed < 2_000; seed++) {
		const sample = createSample<number>(5, seed);
		counts.forEach((_, at) => {
			sample.add(at);
		});
		const items = sample.items();
		assert.equal(sample.seen, 20);
		assert.equal(items.length, 5);
		assert.deepEqual(
			items,
			items.toSorted((a, b) => a - b),
		);
		for (const item of items) counts[item] = (counts[item] ?? 0) + 1;
	}
	assert.equal(counts.pop(), 2_000);
	// 421 each are expected, with a standard deviation of 18.
	for (const count of counts)
		assert.ok(Math.abs(count - 421) < 80, String(counts));
	const few = createSample<number>(100);
	for (const at of counts.keys()) few.add(at);
	assert.deepEqual(few.items(), [...counts.keys()]);
});
