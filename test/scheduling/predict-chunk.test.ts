import assert from "node:assert/strict";
import { test } from "node:test";
import { allocationOf } from "../support/allocations.ts";
import { workersAre } from "../support/known-workers.ts";
import { predictorOf } from "../support/predictions.ts";
import { schedulerOver } from "../support/scheduler.ts";

test("predictChunk: while there is no model nothing is predicted or carried, and tickets are counted", async () => {
	const counted: number[] = [];
	const { allocate } = schedulerOver(workersAre([{ agent_id: "w-1" }]), {
		predictor: {
			...predictorOf(() => assert.fail("it would cost something")),
			isReady: false,
			countEstimates: (tickets) => void counted.push(tickets),
		},
	});
	const allocations = await allocate(allocationOf([], [], []));
	assert.ok(allocations.every((one) => !("prediction" in one)));
	assert.deepEqual(counted, [3]);
});
