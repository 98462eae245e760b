import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanRunInput } from "../../src/domain/plan-run.ts";
import type { PolicyDecision } from "../../src/domain/policy-decision.ts";
import type { PolicyQuestion } from "../../src/domain/policy-question.ts";
import { createAskAtStart } from "../../src/policy/ask-at-start.ts";
import { openGate } from "../support/gates.ts";
import {
	allowed,
	denied,
	undecided,
	violation,
} from "../support/governed-plan.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { planOf } from "../support/plan-world.ts";

const decision = someDecision();
const input = runInput(decision, planOf(decision.plan_id, [{ id: "a" }]));

function open(decide: () => PolicyDecision | Promise<PolicyDecision>) {
	const asked: PolicyQuestion[] = [];
	const ask = createAskAtStart({
		workflowIdOf: (planId) => `orch-${planId}`,
		gate: {
			async decide(question) {
				asked.push(question);
				return await decide();
			},
		},
	});
	return { ask, asked };
}

for (const said of [allowed, denied, { outcome: "not configured" } as const])
	test(`ask at start: "${said.outcome}" goes with the run`, async () => {
		const { ask, asked } = open(() => said);
		const answer = await ask(input);
		assert.deepEqual(answer?.decision, said);
		const [question, ...more] = asked;
		assert.equal(question?.context?.workflow_id, `orch-${decision.plan_id}`);
		assert.equal(question.point, "before-tickets");
		assert.deepEqual(more, []);
	});

test("ask at start: the embedded policies answer as they answer a run", async () => {
	const { gate } = await openGate({});
	const workflowIdOf = (planId: string) => `orch-${planId}`;
	const answer = await createAskAtStart({ gate, workflowIdOf })(input);
	assert.equal(answer?.decision.outcome, "allowed");
	assert.equal("feature_flags" in answer.decision, true);
});

const long: PolicyDecision = {
	outcome: "denied",
	reasons: ["too long"],
	violations: Array.from({ length: 50 }, () => ({
		...violation,
		msg: "m".repeat(400),
	})),
};
const never = new Promise<PolicyDecision>(() => {});
for (const [name, said] of [
	["no decision", undecided],
	["one that nobody checked", { outcome: "unchecked" }],
	["a decision too long for the run's input", long],
	["none in time", never],
] as [string, PolicyDecision | Promise<PolicyDecision>][])
	test(`ask at start: ${name} is left to the run`, async () => {
		const { ask, asked } = open(() => said);
		assert.equal(await ask(input), undefined);
		assert.equal(asked.length, 1);
	});

const release = {
	...{ rollout_id: "r-1", deployment: "orchestrator", build: "b-2" },
	...({ arm: "candidate", weight: 5 } as const),
};
const routing = { split_revision: null, version_weight: null, release };
for (const [name, changes] of [
	["a plan in the ledger", { plan: null }],
	["a plan that cannot be read", { plan: "{" }],
	["a plan of a release", { routing }],
	["a rejected plan", { decision: { ...decision, final_decision: "reject" } }],
] as [string, Partial<PlanRunInput>][])
	test(`ask at start: nobody is asked about ${name}`, async () => {
		const { ask, asked } = open(() => allowed);
		assert.equal(await ask({ ...input, ...changes }), undefined);
		assert.deepEqual(asked, []);
	});
