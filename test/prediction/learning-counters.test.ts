import assert from "node:assert/strict";
import { test } from "node:test";
import type { Learned } from "../../src/domain/prediction/learning-step.ts";
import { createLearningCounters } from "../../src/prediction/learning-counters.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { metricValue } from "../support/stores.ts";

test("learning counters: what drifts is told by the process that learns, and time passes on learning that stands still", async () => {
	const metrics = createMetrics();
	const counters = createLearningCounters(metrics);
	const drifting = () =>
		metricValue(metrics, "orchestration_ml_drift_status", {
			task_type: "BUILD",
		});
	const until = () =>
		metricValue(metrics, "orchestration_ml_learned_until_timestamp_seconds");
	const drifted = { percent: 40, since_ms: 0 };
	counters.learnedUntil(5_000);
	counters.show({
		...{ model: "m@1", correction: null, types: {}, shadow: null },
		drift: { model: "m@1", types: { BUILD: { residuals: [], drifted } } },
	} as unknown as Learned);
	assert.deepEqual([await drifting(), await until()], [1, 5]);
	counters.standing(9_000);
	assert.deepEqual([await drifting(), await until()], [1, 5]);
	counters.following();
	assert.deepEqual([await drifting(), await until()], [0, 0]);
	counters.standing(9_000);
	counters.standing(12_000);
	assert.equal(await until(), 9);
});
