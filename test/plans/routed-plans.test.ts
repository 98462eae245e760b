import assert from "node:assert/strict";
import { test } from "node:test";
import { startSplit } from "../../src/domain/choose-version.ts";
import type { PlanRunInput } from "../../src/domain/plan-run.ts";
import type {
	ReleaseRouting,
	RoutingDocument,
	RoutingInForce,
	VersionSplit,
} from "../../src/domain/rollout/routing.ts";
import { createAcceptDecision } from "../../src/plans/accept-decision.ts";
import { dryRunDecision } from "../../src/plans/dry-run-decision.ts";
import { keepMetrics } from "../support/intake-stand-ins.ts";
import { planSettings } from "../support/plan-inputs.ts";
import { planJson } from "../support/plans.ts";

const versions = { v2Enabled: true, v2Percentage: 0 };
const decision = {
	...{ decision_id: "d-1", plan_id: "p-1", final_decision: "approve" },
	metadata: { tenant_id: "acme" },
	cognitive_plan: planJson([["a", []]]),
};

const splitOf = (body: Partial<VersionSplit>): RoutingDocument<"split"> => ({
	...{ _id: "split", revision: 6, changed_at: 1, actor: "a", reason: "r" },
	body: { ...startSplit(versions), ...body },
});

async function started(routing?: RoutingInForce): Promise<PlanRunInput> {
	const inputs: PlanRunInput[] = [];
	const accept = createAcceptDecision({
		plans: {
			async startPlan(input) {
				inputs.push(input);
				return { kind: "started", workflow_id: "orch-p-1" };
			},
			recordDecision: async () => assert.fail(),
		},
		settings: planSettings,
		versions,
		...(routing && { routing: async () => routing }),
		metrics: keepMetrics(),
	});
	await accept({
		...{ value: decision, receivedAtMs: 1, decidedAtMs: 1 },
		...{ source: null, via: "rest" },
	});
	return inputs[0] ?? assert.fail();
}

test("intake: without a split the settings stand, and the plan says so", async () => {
	const { orchestrator_version, routing } = await started();
	assert.equal(orchestrator_version, "V1");
	assert.deepEqual(routing, { split_revision: null, version_weight: 0 });
});

test("intake: the split decides, here by tenant, and the plan keeps its revision and share", async () => {
	const split = splitOf({ percentage: 100, sticky_by: "tenant" });
	const { orchestrator_version, routing } = await started({ split });
	assert.equal(orchestrator_version, "V2");
	assert.deepEqual(routing, { split_revision: 6, version_weight: 100 });
	const denied = splitOf({
		...{ percentage: 100, sticky_by: "tenant", deny: ["acme"] },
	});
	assert.partialDeepStrictEqual(await started({ split: denied }), {
		...{ orchestrator_version: "V1", routing: { version_weight: null } },
	});
});

test("intake: while a release is under way the plan knows where it goes", async () => {
	const body: ReleaseRouting = {
		...{ rollout_id: "r-1", deployment: "d", weight: 100, sticky_by: "plan" },
		...{ base_build: "old", candidate_build: "new", salt: "s" },
		...{ allow: [], deny: [] },
	};
	const release = { body, workflowIdOf: (planId: string) => `orch-${planId}` };
	assert.deepEqual((await started({ release })).routing?.release, {
		...{ rollout_id: "r-1", deployment: "d", build: "new" },
		...{ arm: "candidate", weight: 100 },
	});
});

test("dry run: under the version that the split would give", () => {
	const split = splitOf({ percentage: 100 });
	const settings = { settings: planSettings, versions };
	const asked = { value: decision, nowMs: 1, routing: { split } };
	const answer = dryRunDecision(settings, asked);
	assert.ok(answer.kind === "done");
	assert.equal(answer.run.orchestrator_version, "V2");
});
