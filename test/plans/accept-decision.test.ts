import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bareDecisionId } from "../../src/domain/bare-plan.ts";
import { planHash } from "../../src/domain/canonical-json.ts";
import type { IntakeOutcome } from "../../src/domain/intake-outcome.ts";
import type {
	PlanRunInput,
	RecordDecisionInput,
} from "../../src/domain/plan-run.ts";
import { MAX_PLAN_BYTES } from "../../src/domain/plan-size.ts";
import { createAcceptDecision } from "../../src/plans/accept-decision.ts";
import type { ArchivedPlan } from "../../src/plans/decision-ports.ts";
import type { StartOutcome } from "../../src/plans/start-ports.ts";
import { keepMetrics } from "../support/intake-stand-ins.ts";
import { planSettings } from "../support/plan-inputs.ts";

const NOW_MS = 1_800_000_000_000;
const source = { topic: "plans.consensus", partition: 0, offset: "1" };
const decision = {
	decision_id: "d-1",
	plan_id: "p-1",
	final_decision: "approve",
	created_at: NOW_MS,
	cognitive_plan: '{"plan_id":"p-1","tasks":[]}',
};

interface Given {
	answer?: StartOutcome;
	v2Percentage?: number;
	/** What MongoDB has of the plan. */
	plan?: ArchivedPlan;
}

function open({ answer, v2Percentage = 0, plan }: Given = {}) {
	const started: PlanRunInput[] = [];
	const recorded: RecordDecisionInput[] = [];
	const metrics = keepMetrics();
	const accept = createAcceptDecision({
		plans: {
			async startPlan(input) {
				started.push(input);
				return answer ?? { kind: "started", workflow_id: "orch-p-1" };
			},
			async recordDecision(input) {
				recorded.push(input);
				return { kind: "recorded", workflow_id: "decision-d-1" };
			},
		},
		archive: {
			readPlan: async () => plan,
			readDecision: async () => undefined,
		},
		settings: planSettings,
		versions: { v2Enabled: true, v2Percentage },
		metrics,
	});
	return {
		started,
		recorded,
		metrics,
		accept: (value: unknown, decidedAtMs = NOW_MS) =>
			accept({
				value,
				receivedAtMs: NOW_MS,
				decidedAtMs,
				source,
				via: "kafka",
			}),
	};
}

function refused(outcome: IntakeOutcome) {
	assert.ok(outcome.kind === "refused", outcome.kind);
	return outcome;
}

test("acceptDecision: starts the plan with all that its run needs", async () => {
	const { accept, started, metrics } = open();
	assert.deepEqual(await accept(decision), {
		kind: "started",
		workflow_id: "orch-p-1",
		plan_id: "p-1",
		decision_id: "d-1",
	});
	const plan = { plan_id: "p-1", tasks: [] };
	assert.partialDeepStrictEqual(started[0], {
		plan,
		plan_hash: planHash(plan),
		orchestrator_version: "V1",
		received_at_ms: NOW_MS,
		decided_at_ms: NOW_MS,
		source,
		origin: {
			submitted_by: null,
			via: { kind: "kafka", ...source },
			authenticated: false,
		},
		settings: planSettings,
		warnings: [],
	});
	assert.deepEqual(metrics.lines, ["decision started kafka"]);
});

for (const final_decision of ["approve", "conditional", "review_required"]) {
	test(`acceptDecision: ${final_decision} starts`, async () => {
		const { accept, started } = open();
		await accept({ ...decision, final_decision });
		assert.equal(started[0]?.decision.final_decision, final_decision);
	});
}

test("acceptDecision: reject is recorded, never started", async () => {
	const { accept, started, recorded } = open();
	const outcome = await accept({ ...decision, final_decision: "reject" });
	assert.equal(outcome.kind, "recorded");
	assert.equal(started.length, 0);
	assert.equal(recorded[0]?.decision.decision_id, "d-1");
});

test("acceptDecision: a bare plan, and a plan that stands in the ledger", async () => {
	const { accept, started } = open();
	await accept({ plan_id: "p-2", tasks: [] });
	assert.equal(started[0]?.decision.decision_id, bareDecisionId("p-2"));
	await accept({ ...decision, cognitive_plan: null });
	assert.equal(started[1]?.plan, null);
	assert.equal(started[1]?.plan_hash, null);
});

test("acceptDecision: the version by name or by percentage; a wrong name is a warning of the plan", async () => {
	const { accept, started } = open({ v2Percentage: 100 });
	const named = (orchestrator_version: string) =>
		accept({ ...decision, metadata: { orchestrator_version } });
	await named("v1");
	await named("V9");
	assert.equal(started[0]?.orchestrator_version, "V1");
	assert.equal(started[1]?.orchestrator_version, "V2");
	assert.equal(started[1]?.warnings?.[0]?.code, "VERSION_UNKNOWN");
});

test("acceptDecision: a duplicate is counted", async () => {
	const answer = { kind: "duplicate", workflow_id: "orch-p-1" } as const;
	const { accept, metrics } = open({ answer });
	assert.equal((await accept(decision)).kind, "duplicate");
	assert.deepEqual(metrics.lines, [
		"decision duplicate kafka",
		"duplicates decision_consumer",
	]);
});

test("acceptDecision: what stands against a start is handed on with a problem", async () => {
	const answer = {
		kind: "refused",
		code: "PLAN_ALREADY_RAN",
		reason: "it ran",
		hint: "rerun",
	} as const;
	const { accept } = open({ answer });
	assert.deepEqual(refused(await accept(decision)), {
		...answer,
		problems: [
			{ path: "$.plan_id", code: "PLAN_ALREADY_RAN", message: "it ran" },
		],
	});
});

const limits: { name: string; value: unknown; code: string; path: string }[] = [
	{
		name: "no decision",
		value: { hello: "world" },
		code: "MESSAGE_INVALID",
		path: "$.decision_id",
	},
	{
		name: "an id that is too long",
		value: { ...decision, plan_id: "p".repeat(201) },
		code: "PLAN_TOO_LARGE",
		path: "$.plan_id",
	},
	{
		name: "a plan that is too large",
		value: { ...decision, cognitive_plan: { text: "ü".repeat(800_000) } },
		code: "PLAN_TOO_LARGE",
		path: "$.cognitive_plan",
	},
	{
		name: "metadata that is too large",
		value: { ...decision, metadata: { text: "x".repeat(MAX_PLAN_BYTES) } },
		code: "PLAN_TOO_LARGE",
		path: "$.cognitive_plan",
	},
	{
		name: "a plan that is nested too deeply",
		value: {
			...decision,
			cognitive_plan: "[".repeat(50_000) + "]".repeat(50_000),
		},
		code: "PLAN_TOO_LARGE",
		path: "$.cognitive_plan",
	},
];

for (const { name, value, code, path } of limits) {
	test(`acceptDecision: refuses ${name}`, async () => {
		const { accept, started, metrics } = open();
		const outcome = refused(await accept(value));
		assert.equal(outcome.code, code);
		assert.equal(outcome.problems[0]?.path, path);
		assert.ok(outcome.hint !== "" && outcome.reason.length < 500);
		assert.equal(started.length, 0);
		assert.deepEqual(metrics.lines, ["decision refused kafka"]);
	});
}

test("acceptDecision: a plan of 1.4 MB starts", async () => {
	const { accept, started } = open();
	const cognitive_plan = { text: "x".repeat(1_400_000) };
	await accept({ ...decision, cognitive_plan });
	assert.equal(started.length, 1);
});

test("acceptDecision: no value makes it throw", async () => {
	const { accept } = open();
	await fc.assert(
		fc.asyncProperty(fc.jsonValue(), async (value) => {
			await accept(value);
			await accept({ ...decision, cognitive_plan: value, metadata: value });
		}),
	);
});

test("acceptDecision: a plan that begins anew is told where what was written of it has ended", async () => {
	const audit_head = { trail: 1, sequence: 3, hash: "a".repeat(64) };
	const plan: ArchivedPlan = {
		workflow_id: "orch-p-1",
		decision_id: "d-0",
		plan_hash: "another",
		published_at: null,
		status: "INVALID",
		audit_head,
	};
	const { accept, started } = open({ plan });
	assert.equal((await accept(decision)).kind, "started");
	assert.deepEqual(started[0]?.former_audit_head, audit_head);
	const first = open();
	await first.accept(decision);
	assert.ok(!("former_audit_head" in (first.started[0] ?? {})));
});
