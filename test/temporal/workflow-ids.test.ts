import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	decisionWorkflowId,
	parseWorkflowId,
	planWorkflowId,
} from "../../src/temporal/workflow-ids.ts";

test("workflow ids: what is made can be read, whatever the id", () => {
	assert.equal(planWorkflowId("p"), "orch-p");
	assert.equal(decisionWorkflowId("d"), "decision-d");
	assert.equal(parseWorkflowId("else-p"), undefined);
	fc.assert(
		fc.property(fc.string(), (id) => {
			assert.deepEqual(parseWorkflowId(planWorkflowId(id)), {
				kind: "plan",
				planId: id,
			});
			assert.deepEqual(parseWorkflowId(decisionWorkflowId(id)), {
				kind: "decision",
				decisionId: id,
			});
		}),
	);
});
