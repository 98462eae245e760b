import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import {
	MAX_SIGNAL_BYTES,
	splitResults,
} from "../../src/temporal/signal-results.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { runInput, someDecision, someResult } from "../support/plan-inputs.ts";
import { startPlanWorker } from "../support/plan-worker.ts";
import { finishSignal, type StandInState } from "../support/plan-workflow.ts";

const large = (count: number) =>
	Array.from({ length: count }, (_, index) =>
		someResult(`t-${index}`, { output: { text: "ü".repeat(2_000) } }),
	);

test("splitResults: order is kept, no part is too large, none is empty", () => {
	const results = large(300);
	const parts = splitResults(results, MAX_SIGNAL_BYTES);
	assert.deepEqual(parts.flat(), results);
	assert.ok(parts.length >= 3 && parts.every((part) => part.length > 0));
	for (const part of parts) {
		assert.ok(Buffer.byteLength(JSON.stringify(part)) <= MAX_SIGNAL_BYTES);
	}
	assert.deepEqual(splitResults([], 10), []);
	assert.equal(splitResults(results.slice(0, 2), 10).length, 2);
});

test("signalResults: one signal for a window, several when it is large; closed and unknown are told", async (t) => {
	const { client, taskQueue } = await startPlanWorker(t);
	const plans = createPlanClient({ client: () => client, taskQueue });
	const decision = someDecision();
	const planId = decision.plan_id;
	await plans.startPlan(runInput(decision));
	const few = [someResult("a"), someResult("b")];
	assert.equal(await plans.signalResults(planId, few), "delivered");
	assert.equal(await plans.signalResults(planId, large(200)), "delivered");

	const handle = client.workflow.getHandle(planWorkflowId(planId));
	const { signals } = await handle.query<StandInState>("plan");
	assert.deepEqual(signals[0], few);
	assert.ok(signals.length > 2, `${signals.length} signals`);
	assert.deepEqual(signals.slice(1).flat(), large(200));

	await handle.signal(finishSignal, "completed");
	await handle.result();
	assert.equal(await plans.signalResults(planId, few), "closed");
	assert.equal(await plans.signalResults(randomUUID(), few), "unknown");
});
