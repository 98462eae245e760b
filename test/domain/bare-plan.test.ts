import assert from "node:assert/strict";
import { test } from "node:test";
import { bareDecisionId } from "../../src/domain/bare-plan.ts";

test("bareDecisionId: fits the columns of clients, whatever the plan's id, and never changes", () => {
	assert.equal(
		bareDecisionId("deploy-42"),
		"98f34e0a-91a0-5a25-b957-20517b891ade",
	);
	assert.equal(bareDecisionId("x".repeat(200)).length, 36);
	assert.notEqual(bareDecisionId("a"), bareDecisionId("b"));
});
