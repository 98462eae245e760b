import assert from "node:assert/strict";
import { test } from "node:test";
import { openGate } from "../support/gates.ts";
import { startOpa, withoutOpa } from "../support/opa.ts";
import {
	aboutPlan,
	aboutTickets,
	outcomeOf,
	ticket,
} from "../support/policy-questions.ts";

const nowhere = {
	OPA_HOST: "127.0.0.1",
	OPA_PORT: "1",
	OPA_RETRY_ATTEMPTS: "0",
};

test("gate: without an answer nothing is decided, and OPA_FAIL_OPEN goes on, marked", async () => {
	const closed = await openGate(nowhere);
	const decision = await closed.gate.decide(aboutPlan());
	assert.equal(decision.outcome, "undecided");
	assert.match((decision as { reason: string }).reason, /OPA at http:\/\/127/);
	assert.deepEqual(closed.records, []);
	for (const question of [aboutPlan(), aboutTickets(ticket("t-1"))]) {
		const open = await openGate({ ...nowhere, OPA_FAIL_OPEN: "true" });
		const said = await open.gate.decide(question);
		assert.ok(said.outcome === "unchecked");
		assert.equal(said.warnings?.[0]?.rule, "evaluation_error");
		assert.deepEqual(said.feature_flags, {
			enable_intelligent_scheduler: true,
			enable_burst_capacity: false,
			enable_predictive_allocation: false,
			enable_auto_scaling: false,
			enable_experimental_features: false,
		});
		assert.equal(open.records[0]?.decision, "unchecked");
	}
});

test("gate: a package that nobody has loaded is no decision, in both engines", async () => {
	const env = { OPA_POLICY_SLA_ENFORCEMENT: "own/sla" };
	const { gate } = await openGate(env);
	const decision = await gate.decide(aboutPlan());
	assert.equal(decision.outcome, "undecided");
	assert.match((decision as { reason: string }).reason, /own\/sla/);
});

test("gate: a package that the server has not loaded is no decision", {
	skip: withoutOpa,
}, async (t) => {
	const { port } = await startOpa(t);
	const { gate } = await openGate({
		OPA_HOST: "127.0.0.1",
		OPA_PORT: String(port),
		OPA_POLICY_SLA_ENFORCEMENT: "own/sla",
	});
	assert.equal(await outcomeOf(gate, aboutPlan()), "undecided");
});

test("gate: severities that block can be set, and security can be left out", async () => {
	const short = aboutTickets(ticket("t-1", { estimated_duration_ms: 10 }));
	const strict = await openGate({
		OPA_BLOCKING_SEVERITIES: "critical,high,medium,low",
	});
	assert.ok("denied" in (await strict.gate.decide(short)));
	const lax = await openGate({
		OPA_ALLOWED_TENANTS: "silver",
		OPA_SECURITY_ENABLED: "false",
	});
	assert.equal(await outcomeOf(lax.gate, aboutPlan()), "allowed");
});

test("gate: features follow load, queue and tenants", async () => {
	const { gate } = await openGate(
		{ OPA_PREMIUM_TENANTS: "gold", OPA_EARLY_ACCESS_TENANTS: "gold" },
		{ workload: { current_load: 0.5, queue_depth: 0, model_accuracy: null } },
	);
	const decision = await gate.decide(aboutPlan());
	assert.ok("feature_flags" in decision);
	assert.equal(decision.feature_flags?.enable_burst_capacity, true);
	assert.equal(decision.feature_flags?.enable_experimental_features, true);
	const other = await openGate({ OPA_SCHEDULER_NAMESPACES: "production" });
	const off = await other.gate.decide(aboutPlan());
	assert.ok("feature_flags" in off);
	assert.equal(off.feature_flags?.enable_intelligent_scheduler, false);
});

test("gate: a tenant that asks too often is warned", async () => {
	const { gate } = await openGate(
		{ OPA_TENANT_RATE_LIMITS: "gold=100" },
		{ requestCount: 150 },
	);
	const decision = await gate.decide(aboutPlan());
	assert.ok("warnings" in decision);
	assert.equal(decision.warnings?.[0]?.rule, "tenant_rate_limit_exceeded");
});

test("gate: where nobody can count a tenant's plans, a limit that forbids is no decision, one that warns says nothing", async () => {
	const limited = { OPA_DEFAULT_TENANT_RATE_LIMIT: "10" };
	const unknown = { requestCount: null };
	const warns = await openGate(limited, unknown);
	assert.equal((await warns.gate.decide(aboutPlan())).outcome, "allowed");
	const forbids = await openGate(
		{ ...limited, OPA_RULE_SEVERITIES: "tenant_rate_limit_exceeded=high" },
		unknown,
	);
	const decision = await forbids.gate.decide(aboutPlan());
	assert.equal(decision.outcome, "undecided");
	const none = await openGate({}, unknown);
	assert.equal((await none.gate.decide(aboutPlan())).outcome, "allowed");
});
