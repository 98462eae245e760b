import assert from "node:assert/strict";
import { test } from "node:test";
import { bareDecisionId } from "../../src/domain/bare-plan.ts";
import { checkArchive } from "../../src/plans/check-archive.ts";
import type { DecisionArchive } from "../../src/plans/decision-ports.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";

const plan_id = "p-1";
const input = runInput(
	someDecision({
		...{ plan_id, decision_id: bareDecisionId(plan_id) },
		kind: "bare-plan",
	}),
);
const { plan_hash } = input;
const workflow_id = "orch-p-1";

/** A plan that ran under this decision, and what else is remembered of decisions. */
function archive(
	decision_id: string,
	known: readonly string[],
): DecisionArchive {
	return {
		readPlan: async () => ({
			...{ workflow_id, decision_id, plan_hash, published_at: 1 },
			status: "SUCCESS",
		}),
		readDecision: async (id) =>
			known.includes(id)
				? {
						...{ plan_id, plan_hash, workflow_id, recorded_at: 1 },
						final_decision: "approve",
					}
				: undefined,
	};
}

test("checkArchive: a bare plan is known by the id that an earlier build gave it", async () => {
	const kindOf = async (decisionId: string, ...known: string[]) =>
		(await checkArchive(archive(decisionId, known), input)).against?.kind;
	assert.equal(await kindOf(bareDecisionId(plan_id)), "duplicate");
	assert.equal(await kindOf("direct-p-1"), "duplicate");
	assert.equal(await kindOf("d-2", "direct-p-1"), "duplicate");
	assert.equal(await kindOf("d-2"), "refused");
	assert.equal(await kindOf("direct-p-2"), "refused");
});
