import assert from "node:assert/strict";
import { test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { createScenarios } from "../../demo/scenarios.ts";
import { dryRunDecision } from "../../src/plans/dry-run-decision.ts";
import { judgeDryRun, openTrialGate } from "../../src/policy/judge-dry-run.ts";
import { configured } from "../support/configured.ts";

async function trial(value: unknown, env: Record<string, string> = {}) {
	const { plan: settings, versions, policy } = configured(env);
	const asked = { value, nowMs: Date.now(), stored: { plan: null } };
	const reply = dryRunDecision({ settings, versions }, asked);
	assert.ok(reply.kind === "done");
	const gate = await openTrialGate(policy);
	return await judgeDryRun(gate, reply.run, reply.input);
}

const plan = (risk_band: "low" | "critical" = "low") =>
	buildPlan({
		plan_id: "p-1",
		risk_band,
		tasks: [{ task_id: "a" }, { task_id: "b", dependencies: ["a"] }],
	});

test("policies, by default: every plan of the demo that is sound is allowed, with all its tickets", async () => {
	for (const { name, records, expected } of createScenarios("t")) {
		const run = await trial(records[0]);
		if (expected.version === null) continue;
		assert.equal(run.valid, true, name);
		assert.equal(run.policy?.outcome, "allowed", name);
		assert.deepEqual(run.policy?.denied_tasks, [], name);
	}
});

for (const band of ["low", "medium", "high", "critical"] as const)
	test(`policies, by default: a well-formed plan of band ${band} is allowed, whatever its tasks take`, async () => {
		for (const estimated_duration_ms of [1, 5_000, 3_600_000, 86_400_000]) {
			const tasks = [{ task_id: "a", estimated_duration_ms }];
			const run = await trial(
				buildPlan({ plan_id: "p-1", risk_band: band, tasks }),
			);
			assert.equal(run.policy?.outcome, "allowed");
			assert.deepEqual(run.policy?.denied_tasks, []);
		}
	});

test("dry run: a plan that policies deny would be invalid, with its rules", async () => {
	const run = await trial(buildDecision(plan()), {
		OPA_MAX_CONCURRENT_TICKETS: "1",
	});
	assert.equal(run.outcome, "would_be_invalid");
	assert.equal(run.valid, false);
	assert.equal(run.problems[0]?.violation?.rule, "concurrent_tickets_limit");
});

test("dry run: tickets that policies would deny are named", async () => {
	const run = await trial(plan("critical"), {
		OPA_TIMEOUT_LIMITS_MS: "critical=1",
	});
	assert.equal(run.valid, true);
	assert.deepEqual(run.policy?.denied_tasks, ["a", "b"]);
	const [message] = run.warnings.flatMap((one) =>
		one.code === "POLICY_DENIES_TICKET" ? one.message : [],
	);
	assert.match(message ?? "", /task a would fail, denied: /);
});

test("dry run: without a decision it says that the plan would wait; with policies off it says nothing", async () => {
	const away = {
		OPA_HOST: "127.0.0.1",
		OPA_PORT: "1",
		OPA_RETRY_ATTEMPTS: "0",
	};
	const run = await trial(plan(), away);
	assert.equal(run.policy?.outcome, "undecided");
	assert.equal(run.warnings.at(-1)?.code, "POLICY_UNDECIDED");
	const off = await trial(plan(), { OPA_ENABLED: "false" });
	assert.equal(off.policy, undefined);
});

test("policies, by default: time-outs as short as the estimates, which a setting allows, deny nothing", async () => {
	const tasks = [{ task_id: "a", estimated_duration_ms: 5_000 }];
	const run = await trial(buildPlan({ plan_id: "p-1", tasks }), {
		SLA_TICKET_MIN_TIMEOUT_MS: "1000",
		SLA_TICKET_TIMEOUT_BUFFER_MULTIPLIER: "1",
	});
	assert.deepEqual(run.policy?.denied_tasks, []);
});
