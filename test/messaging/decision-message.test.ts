import assert from "node:assert/strict";
import { test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { toDecisionMessage } from "../../src/messaging/decision-message.ts";
import { headersByName } from "../support/headers-by-name.ts";

const plan = buildPlan({ plan_id: "p-1", tasks: [{ task_id: "a" }] });

test("toDecisionMessage: key and headers are those of the consensus engine", () => {
	const decision = buildDecision(plan);
	const { topic, key, value, headers } = toDecisionMessage("t", decision);
	assert.equal(topic, "t");
	assert.equal(String(key), "p-1");
	assert.deepEqual(JSON.parse(String(value)), decision);
	assert.deepEqual(headersByName(headers), {
		"decision-id": "decision-p-1",
		"plan-id": "p-1",
		"intent-id": "intent-p-1",
		"correlation-id": "corr-p-1",
		"final-decision": "approve",
	});
});

test("toDecisionMessage: a bare plan has the headers it has fields for; the text goes out as it is", () => {
	const text = '{"plan_id": "p-1", "n": 7615917337495251231}';
	const record = { plan_id: "p-1", intent_id: 7 };
	const { value, headers } = toDecisionMessage("t", record, text);
	assert.equal(String(value), text);
	assert.deepEqual(headersByName(headers), { "plan-id": "p-1" });
});
