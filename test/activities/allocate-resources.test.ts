import assert from "node:assert/strict";
import { test } from "node:test";
import { createAllocateResources } from "../../activities/allocate-resources.ts";
import type {
	PolicyDecision,
	PolicyQuestion,
} from "../../activities/evaluate-policy.ts";
import { inActivity } from "../support/activity-context.ts";
import { allocationOf as request } from "../support/allocations.ts";
import { workersAre } from "../support/known-workers.ts";
import { schedulerOver } from "../support/scheduler.ts";

async function allocateUnder(decision: PolicyDecision) {
	const asked: PolicyQuestion[] = [];
	const allocateResources = createAllocateResources({
		allocator: schedulerOver(workersAre([])).allocator,
		policy: {
			async decide(question) {
				asked.push(question);
				return decision;
			},
		},
	});
	const answer = await inActivity(() => allocateResources(request([], [])));
	return { answer, asked };
}

test("allocateResources: asks the gate first, and shows its answer", async () => {
	const { answer, asked } = await allocateUnder({ outcome: "not configured" });
	assert.deepEqual(asked, [
		{
			point: "before-allocation",
			plan_id: "p-1",
			risk_band: "critical",
			task_count: 2,
		},
	]);
	assert.deepEqual(answer.policy, { outcome: "not configured" });
	assert.equal(answer.allocations.length, 2);
});

test("allocateResources: what is denied is not allocated", async () => {
	const denied: PolicyDecision = { outcome: "denied", reasons: ["too late"] };
	const { answer } = await allocateUnder(denied);
	assert.deepEqual(answer, { policy: denied, allocations: [] });
});
