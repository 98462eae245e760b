import assert from "node:assert/strict";
import { test } from "node:test";
import { bareDecisionId } from "../../src/domain/bare-plan.ts";
import { planHash } from "../../src/domain/canonical-json.ts";
import type { DryRun } from "../../src/domain/dry-run.ts";
import { dryRunDecision } from "../../src/plans/dry-run-decision.ts";
import { planSettings } from "../support/plan-inputs.ts";
import { planJson } from "../support/plans.ts";

const NOW_MS = 1_800_000_000_000;
const plan = planJson([
	["a", [], { estimated_duration_ms: 1_000 }],
	["b", ["a"], { estimated_duration_ms: 2_000 }],
	["c", ["a"], { estimated_duration_ms: undefined }],
]);
const decision = {
	decision_id: "d-1",
	plan_id: "p-1",
	final_decision: "approve",
	metadata: { orchestrator_version: "V2" },
	cognitive_plan: plan,
};

function open(planMaxTasks = planSettings.planMaxTasks) {
	const settings = {
		settings: { ...planSettings, planMaxTasks },
		versions: { v2Enabled: true, v2Percentage: 0 },
	};
	return (value: unknown, stored?: { plan: unknown }) => {
		const asked = { value, nowMs: NOW_MS, ...(stored && { stored }) };
		const outcome = dryRunDecision(settings, asked);
		assert.equal(outcome.kind, "done");
		return (outcome as { run: DryRun }).run;
	};
}

test("dryRunDecision: a sound plan, its graph, its version, when it would finish and why", () => {
	const answer = open()(decision);
	assert.equal(answer.outcome, "would_run");
	assert.equal(answer.orchestrator_version, "V2");
	assert.equal(answer.plan_hash, planHash(plan));
	assert.deepEqual(answer.problems, []);
	assert.deepEqual(answer.dag?.critical_path?.task_ids, ["a", "c"]);
	const { prediction } = answer;
	// c names no estimate: a minute.
	assert.equal(prediction?.duration_ms, 61_000);
	assert.equal(prediction?.finish_at, NOW_MS + 61_000);
	assert.equal(prediction?.sla_deadline, NOW_MS + 183_000);
	assert.match(prediction?.basis ?? "", /60000 ms for a task without one/);
	assert.deepEqual(
		[prediction?.tasks_with_estimate, prediction?.tasks_without_estimate],
		[2, 1],
	);
});

test("dryRunDecision: warns of tasks, or of a path, that outlast the plan's limit", () => {
	const limitMs = planSettings.planMaxDurationMs;
	const warningsOf = (...estimates: number[]) => {
		const tasks = estimates.map(
			(estimated_duration_ms, n): Parameters<typeof planJson>[0][number] => [
				`t${n}`,
				n === 0 ? [] : [`t${n - 1}`],
				{ estimated_duration_ms },
			],
		);
		const { warnings, valid } = open()(planJson(tasks));
		assert.equal(valid, true);
		return warnings.map(({ path, code }) => `${code} ${path}`);
	};
	assert.deepEqual(warningsOf(limitMs), []);
	assert.deepEqual(warningsOf(1_000, limitMs + 1), [
		"TASK_EXCEEDS_PLAN_LIMIT $.tasks[1].estimated_duration_ms",
	]);
	assert.deepEqual(warningsOf(limitMs, 1), ["PLAN_EXCEEDS_LIMIT $.tasks"]);
});

test("dryRunDecision: a bare plan, and the version by the plan's id", () => {
	const answer = open()(plan);
	assert.equal(answer.decision_id, bareDecisionId("p-1"));
	assert.equal(answer.orchestrator_version, "V1");
});

for (const [outcome, changes] of [
	["would_wait_for_approval", { final_decision: "review_required" }],
	["would_wait_for_approval", { requires_human_review: true }],
	["would_be_recorded", { final_decision: "reject" }],
] as const) {
	test(`dryRunDecision: ${JSON.stringify(changes)} ${outcome}`, () => {
		const answer = open()({ ...decision, ...changes });
		assert.equal(answer.outcome, outcome);
		assert.equal(answer.valid, true);
		assert.equal(answer.prediction === null, outcome === "would_be_recorded");
	});
}

test("dryRunDecision: every problem of an unsound plan, and what can be drawn of it", () => {
	const circle = planJson([
		["a", ["b"]],
		["b", ["a", "nobody"]],
	]);
	const answer = open()({
		...decision,
		cognitive_plan: { ...circle, risk_band: "huge" },
	});
	assert.equal(answer.outcome, "would_be_invalid");
	assert.ok(answer.problems.length >= 3, JSON.stringify(answer.problems));
	assert.equal(answer.dag?.edges.length, 2);
	assert.equal(answer.dag?.critical_path, null);
	assert.equal(answer.prediction, null);
	const text = open()({ ...decision, cognitive_plan: "no JSON" });
	assert.deepEqual([text.outcome, text.dag], ["would_be_invalid", null]);
});

test("dryRunDecision: what is no decision is refused with every field", () => {
	for (const value of [7, null, [], {}, { plan_id: "" }]) {
		const answer = open()(value);
		assert.equal(answer.outcome, "would_be_refused");
		assert.ok(answer.problems.length > 0);
		assert.equal(answer.plan_id, null);
	}
});

test("dryRunDecision: a decision without a plan is read from the ledger", () => {
	const bare = { ...decision, cognitive_plan: null };
	const versions = { v2Enabled: true, v2Percentage: 0 };
	assert.deepEqual(
		dryRunDecision(
			{ settings: planSettings, versions },
			{ value: bare, nowMs: NOW_MS },
		),
		{ kind: "needs_plan", planId: "p-1" },
	);
	const found = open()(bare, { plan });
	assert.equal(found.outcome, "would_run");
	assert.equal(found.plan_hash, planHash(plan));
	const absent = open()(bare, { plan: undefined });
	assert.equal(absent.outcome, "would_be_invalid");
	assert.equal(absent.problems[0]?.code, "PLAN_NOT_FOUND");
});

test("dryRunDecision: nothing is drawn of a plan with more tasks than it may have", () => {
	const answer = open(2)(decision);
	assert.equal(answer.outcome, "would_be_invalid");
	assert.equal(answer.problems[0]?.code, "PLAN_TOO_LARGE");
	assert.equal(answer.dag, null);
	assert.notEqual(open(3)(decision).dag, null);
});
