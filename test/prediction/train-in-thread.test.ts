import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { DURATION_MODEL } from "../../src/prediction/ports.ts";
import { createThreadTrainer } from "../../src/wiring/train-in-thread.ts";
import { configured } from "../support/configured.ts";
import { endingAt, storeEnded } from "../support/ended-tickets.ts";
import { modelsOn } from "../support/models.ts";
import {
	metricValue,
	observedCount,
	openMongoVia,
	serverAddress,
	silentLog,
} from "../support/stores.ts";
import { makeHistory } from "../support/ticket-history.ts";

const job = {
	...({ jobId: "ml-train-1", trigger: "manual", by: "ada" } as const),
	...{ windowDays: 3_650, minTickets: 100, maxErrors: {} },
	...{ shadowFirst: false, timeoutMs: 60_000 },
};

async function openTrainer(t: TestContext, heap: string) {
	const MONGODB_URI = serverAddress("MONGODB_URI");
	const { mongo, database } = openMongoVia(t, MONGODB_URI);
	await mongo.indexed;
	const made = makeHistory({ tickets: 1_500, drift: {} });
	await storeEnded(mongo, endingAt(made, Date.now() - 60_000));
	const world = modelsOn(mongo);
	const config = configured({
		...{ MONGODB_URI, MONGODB_DATABASE: database },
		ML_TRAINING_JOB_MEMORY_LIMIT: heap,
	});
	const trainer = createThreadTrainer({
		...{ config, metrics: world.metrics, log: silentLog },
		auditLog: world.auditLog,
	});
	const jobs = (status: string) =>
		metricValue(world.metrics, "orchestration_ml_training_jobs_total", {
			status,
		});
	const train = (signal = new AbortController().signal) =>
		trainer.train(job, { timeoutMs: 60_000, signal });
	return { ...world, train, jobs };
}

test("training thread: trains beside the process and registers what it has made", async (t) => {
	const { train, jobs, view, metrics } = await openTrainer(t, "768Mi");
	const result = await train();
	assert.equal(result.outcome, "promoted", result.reason);
	await view.refresh();
	assert.equal(view.model, `${DURATION_MODEL}@1+0`);
	assert.equal(await jobs("promoted"), 1);
	const used = "orchestration_ml_training_samples_used";
	assert.equal(await metricValue(metrics, used), result.tickets);
	const took = "orchestration_ml_training_duration_seconds";
	assert.equal(await observedCount(metrics, took), 1);
});

test("training thread: one that needs more memory than it may fails alone, counted and recorded; one that is called off is no failure", async (t) => {
	const { train, jobs, auditLog } = await openTrainer(t, "12Mi");
	await assert.rejects(train(), { code: "TRAINING_BROKEN" });
	assert.equal(await jobs("failed"), 1);
	const { training_failed } = await auditLog.count({});
	assert.equal(training_failed, 1);
	const off = new AbortController();
	const called = train(off.signal);
	off.abort(new Error("called off"));
	await assert.rejects(called, /called off/);
	assert.equal(await jobs("failed"), 1);
});
