import assert from "node:assert/strict";
import { test } from "node:test";
import { DURATION_MODEL } from "../../src/prediction/ports.ts";
import {
	beginMs,
	end,
	history,
	model,
	openLearner,
	openWorld,
	report,
} from "../support/learners.ts";
import { openModelWorld } from "../support/models.ts";
import { metricValue, observedCount } from "../support/stores.ts";

test("learner: of two one learns, each attempt once; a trainer takes it over and goes on where it stood", async (t) => {
	const world = await openWorld(t);
	const [one, other] = ["a", "b"].map((name) => openLearner(world, name));
	const trainer = openLearner(world, "c", { isTrainer: true });
	assert.ok(one && other);
	assert.equal(await one.learner.turn(beginMs), "leading");
	assert.equal(await other.learner.turn(beginMs), "following");
	await end(world, history.slice(2_000, 2_200), beginMs);
	const laterMs = beginMs + 5_000;
	assert.equal(await one.learner.turn(laterMs), "leading");
	assert.equal((await report(world)).learned, 200);
	assert.equal(await one.learner.turn(laterMs), "leading");
	assert.equal((await report(world)).learned, 200);
	assert.equal(await trainer.learner.turn(laterMs), "leading");
	assert.equal(await one.learner.turn(laterMs), "following");
	await end(world, history.slice(2_200, 2_300), laterMs);
	assert.equal(await trainer.learner.turn(laterMs + 5_000), "leading");
	const { learned, model: tag, types } = await report(world);
	assert.equal(learned, 300);
	assert.match(tag ?? "", /^ticket-duration-predictor@1\+[1-9]/);
	const tickets = types.reduce((sum, type) => sum + type.tickets, 0);
	const completed = history.slice(2_000, 2_300).filter((it) => it.completed);
	assert.equal(tickets, completed.length);
	// All processes predict by what it learned.
	await other.view.refresh();
	assert.equal(other.view.model, tag);
	const errors = "orchestration_ml_prediction_coverage_total";
	const counted =
		(await metricValue(one.metrics, errors)) +
		(await metricValue(trainer.metrics, errors));
	assert.equal(counted, completed.length);
	for (const metrics of [one.metrics, trainer.metrics]) {
		const errors = "orchestration_ml_prediction_error";
		assert.ok((await observedCount(metrics, errors)) > 0);
		const actual = "orchestration_ml_actual_duration_seconds_total";
		assert.ok((await metricValue(metrics, actual)) > 0);
		const { values } =
			(await metrics.registry
				.getSingleMetric("orchestration_ml_anomalies_silenced")
				?.get()) ?? assert.fail();
		assert.ok(values.every(({ value }) => value === 0 || value === 1));
	}
	const alarms = "orchestration_ml_anomaly_alarms_total";
	assert.ok(
		(await metricValue(one.metrics, alarms)) +
			(await metricValue(trainer.metrics, alarms)) >
			0,
	);
	assert.equal(one.told.outcomes.length + trainer.told.outcomes.length, 300);
	await trainer.learner.release();
	assert.equal(await other.learner.turn(laterMs + 5_001), "leading");
});

test("learner: an attempt is learned from once, however late its end is stored", async (t) => {
	const world = await openWorld(t);
	const { learner } = openLearner(world, "a");
	await learner.turn(beginMs);
	const learnedAt = async (afterMs: number) => {
		await learner.turn(beginMs + afterMs);
		return (await report(world)).learned;
	};
	await end(world, history.slice(2_000, 2_010), beginMs + 10_000);
	assert.equal(await learnedAt(60_000), 10);
	// MongoDB was away when these ended.
	const storedMs = beginMs + 62_000;
	await end(world, history.slice(2_010, 2_020), beginMs + 10_000, storedMs);
	assert.equal(await learnedAt(65_000), 20);
	// The one who stored these was slow, or its clock is.
	const slowMs = beginMs + 50_000;
	await end(world, history.slice(2_020, 2_030), beginMs + 40_000, slowMs);
	assert.equal(await learnedAt(70_000), 30);
	assert.equal(await learnedAt(75_000), 30);
	const other = openLearner(world, "b", { isTrainer: true });
	assert.equal(await other.learner.turn(beginMs + 80_000), "leading");
	assert.equal((await report(world)).learned, 30);
});

test("learner: until the indexes are there its lease is kept and nothing is read, and then everything", async (t) => {
	const world = await openWorld(t);
	const { learner, told } = openLearner(world, "a");
	const other = openLearner(world, "b");
	await learner.turn(beginMs);
	await end(world, history.slice(2_000, 2_100), beginMs);
	told.isIndexed = false;
	assert.equal(await learner.turn(beginMs + 5_000), "leading");
	assert.equal(await other.learner.turn(beginMs + 5_000), "following");
	assert.equal((await report(world)).learned, 0);
	told.isIndexed = true;
	assert.equal(await learner.turn(beginMs + 10_000), "leading");
	assert.equal((await report(world)).learned, 100);
});

test("learner: while Kafka is away nothing is learned, and later everything, once", async (t) => {
	const world = await openWorld(t);
	const { learner, told, metrics } = openLearner(world, "a");
	await learner.turn(beginMs);
	await end(world, history.slice(2_000, 2_100), beginMs);
	told.isKafkaAway = true;
	assert.equal(await learner.turn(beginMs + 5_000), "unknown");
	assert.equal((await report(world)).learned, 0);
	told.isKafkaAway = false;
	assert.equal(await learner.turn(beginMs + 6_000), "leading");
	assert.equal((await report(world)).learned, 100);
	const [outcome] = told.outcomes;
	assert.equal(told.outcomes.length, 100);
	assert.equal(outcome?.model, `${DURATION_MODEL}@1+0`);
	assert.ok(outcome.predicted_duration_ms);
	const qualities = "orchestration_scheduler_allocation_quality_score";
	assert.equal(await observedCount(metrics, qualities), 100);
});

test("learner: a drifting type alarms, opens one incident and asks for a training; the others do not", async (t) => {
	const world = await openWorld(t);
	const { learner, told, metrics, auditLog } = openLearner(world, "a");
	await learner.turn(beginMs);
	const slower = history.slice(2_000).map((one) => ({
		...one,
		...(one.task_type === "BUILD" && {
			actual_duration_ms: 1.4 * one.actual_duration_ms,
		}),
	}));
	await end(world, slower, beginMs);
	await learner.turn(beginMs + 60_000);
	const { types } = await report(world);
	const drifting = types.filter(({ drift }) => drift !== "ok");
	assert.deepEqual(
		drifting.map(({ task_type, drift }) => [task_type, drift]),
		[["BUILD", "critical"]],
	);
	assert.match(
		drifting[0]?.recommendation ?? "",
		/BUILD tickets take .* longer/,
	);
	const [incident] = told.incidents;
	assert.equal(told.incidents.length, 1);
	assert.match(incident?.details[0] ?? "", /BUILD/);
	assert.match(incident?.suggested_action ?? "", /ml train/);
	assert.deepEqual(told.trainings, ["drift"]);
	assert.deepEqual(await auditLog.count({}), {
		...{ model_promoted: 1, drift_detected: 1, retraining_triggered: 1 },
	});
	const status = (task_type: string) =>
		metricValue(metrics, "orchestration_ml_drift_status", { task_type });
	assert.deepEqual([await status("BUILD"), await status("TEST")], [1, 0]);
	const score = await metricValue(metrics, "orchestration_ml_drift_score", {
		task_type: "BUILD",
	});
	assert.ok(score > 20 && score < 60, `${score}`);
});

test("learner: without a model a training begins as soon as enough tickets have completed, and not again before as many", async (t) => {
	const world = await openModelWorld(t);
	const { learner, told } = openLearner(world, "a");
	await learner.turn(beginMs);
	await end(world, history.slice(0, 90), beginMs);
	await learner.turn(beginMs + 5_000);
	assert.deepEqual(told.trainings, []);
	await end(world, history.slice(90, 200), beginMs + 5_000);
	await learner.turn(beginMs + 10_000);
	assert.deepEqual(told.trainings, ["volume"]);
	await learner.turn(beginMs + 15_000);
	assert.deepEqual(told.trainings, ["volume"]);
	assert.equal((await report(world)).model, null);
});

test("learner: what had completed before a champion came, by whoever's training, asks for no other", async (t) => {
	const world = await openModelWorld(t);
	const { learner, told } = openLearner(world, "a");
	await learner.turn(beginMs);
	await end(world, history.slice(0, 90), beginMs);
	await learner.turn(beginMs + 5_000);
	await world.become("champion", await world.register(model));
	await end(world, history.slice(90, 120), beginMs + 5_000);
	await learner.turn(beginMs + 10_000);
	assert.equal((await report(world)).learned, 120);
	assert.deepEqual(told.trainings, []);
});

test("learner: what teaches nothing is counted, by why", async (t) => {
	const world = await openWorld(t);
	const { learner, metrics } = openLearner(world, "a");
	await learner.turn(beginMs);
	await end(world, history.slice(2_000, 2_010), beginMs);
	await world.mongo.run(
		{ collection: "execution_tickets", name: "lose" },
		(it) => it.deleteOne({ _id: `of-${history[2_000]?.ticket_id}` }),
	);
	await learner.turn(beginMs + 5_000);
	const { learned, skipped } = await report(world);
	assert.deepEqual([learned, skipped], [9, { no_ticket: 1 }]);
	const name = "orchestration_ml_feature_extraction_errors_total";
	assert.equal(await metricValue(metrics, name, { reason: "no_ticket" }), 1);
});

test("learner: names that are no keys are learned from; a page that the store never takes is left behind, counted", async (t) => {
	const world = await openWorld(t);
	const { learner, metrics } = openLearner(world, "a");
	await learner.turn(beginMs);
	const odd = [["a\0b"], ["\ud800"], ["x".repeat(100_000)]];
	const tickets = history.slice(2_000, 2_030).map((one, at) => ({
		...{ ...one, completed: true },
		required_capabilities: odd[at % odd.length] ?? [],
	}));
	await end(world, tickets, beginMs);
	assert.equal(await learner.turn(beginMs + 5_000), "leading");
	assert.equal((await report(world)).learned, 30);
	const [one] = history.slice(2_030);
	assert.ok(one);
	const task_type = "BUILD\0" as typeof one.task_type;
	await end(world, [{ ...one, task_type, completed: true }], beginMs + 5_000);
	assert.equal(await learner.turn(beginMs + 10_000), "leading");
	await end(world, history.slice(2_040, 2_050), beginMs + 10_000);
	assert.equal(await learner.turn(beginMs + 15_000), "leading");
	const { learned, skipped } = await report(world);
	assert.deepEqual([learned, skipped], [40, { refused: 1 }]);
	const name = "orchestration_ml_feature_extraction_errors_total";
	assert.equal(await metricValue(metrics, name, { reason: "refused" }), 1);
});
