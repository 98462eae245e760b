import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyDecision } from "../../src/domain/policy-decision.ts";
import { openGate } from "../support/gates.ts";
import { startOpa, withoutOpa } from "../support/opa.ts";
import {
	aboutPlan,
	aboutTickets,
	common,
	ticket,
} from "../support/policy-questions.ts";

/** What both engines must do alike: the embedded one always, the server where opa is at hand. */
const engines = [
	{ name: "embedded", skip: false as const, env: async () => ({}) },
	{
		name: "OPA server",
		skip: withoutOpa,
		env: async (t: Parameters<typeof startOpa>[0]) => {
			const { port } = await startOpa(t);
			return { OPA_HOST: "127.0.0.1", OPA_PORT: String(port) };
		},
	},
];

for (const { name, skip, env } of engines) {
	test(`gate, ${name}: by default a sound plan and its tickets are allowed`, {
		skip,
	}, async (t) => {
		const { gate, records } = await openGate(await env(t));
		const decision = await gate.decide(aboutPlan());
		assert.deepEqual(decision, {
			outcome: "allowed",
			feature_flags: {
				enable_intelligent_scheduler: true,
				enable_burst_capacity: false,
				enable_predictive_allocation: false,
				enable_auto_scaling: false,
				enable_experimental_features: false,
			},
		});
		const tickets = [ticket("t-1"), ticket("t-2")];
		const judged = await gate.decide(aboutTickets(...tickets));
		assert.deepEqual(judged, { outcome: "allowed" });
		const agents = ["agent-1", null];
		const chosen = await gate.decide({
			...common,
			point: "before-publication",
			tickets,
			agents,
		});
		assert.deepEqual(chosen, { outcome: "allowed" });
		assert.deepEqual(
			records.map(({ resource, decision }) => [resource, decision]),
			[
				[{ type: "plan", id: "p-1", count: 1 }, "allow"],
				[{ type: "tickets", id: "p-1", count: 2 }, "allow"],
			],
		);
	});

	test(`gate, ${name}: a denied plan names every rule`, { skip }, async (t) => {
		const { gate, records, metrics } = await openGate({
			...(await env(t)),
			OPA_ALLOWED_CAPABILITIES: "testing",
			OPA_MAX_CONCURRENT_TICKETS: "1",
			OPA_ALLOWED_TENANTS: "silver",
		});
		const decision = await gate.decide(aboutPlan());
		assert.equal(decision.outcome, "denied");
		const { violations = [] } = decision as Extract<
			PolicyDecision,
			{ outcome: "denied" }
		>;
		assert.deepEqual(
			violations.map(({ policy, rule, severity, field }) =>
				[policy, rule, severity, field].join(" "),
			),
			[
				"security_constraints cross_tenant_access critical tenant_id",
				"resource_limits capabilities_not_allowed high tasks[0].required_capabilities",
				"resource_limits concurrent_tickets_limit high total_tickets",
			],
		);
		assert.deepEqual(
			records.map(({ policy_path, decision: said, user_id, tenant_id }) => [
				policy_path,
				said,
				user_id,
				tenant_id,
			]),
			[
				["neuralhive/orchestrator/security_constraints", "deny", "ada", "gold"],
				["neuralhive/orchestrator/resource_limits", "deny", "ada", "gold"],
			],
		);
		const text = await metrics.registry.metrics();
		assert.match(
			text,
			/opa_policy_rejections_total\{policy_name="security_constraints",rule="cross_tenant_access",severity="critical"\} 1/,
		);
	});

	test(`gate, ${name}: of a batch only the tickets that break a rule are denied; warnings deny none`, {
		skip,
	}, async (t) => {
		const { gate, records } = await openGate({
			...(await env(t)),
			OPA_ALLOWED_CAPABILITIES: "python",
		});
		const decision = await gate.decide(
			aboutTickets(
				ticket("t-1"),
				ticket("t-2", { required_capabilities: ["root"] }),
				ticket("t-3", { estimated_duration_ms: 10 }),
			),
		);
		assert.ok("denied" in decision);
		assert.deepEqual(
			decision.denied?.map(({ ticket_id, violations }) => [
				ticket_id,
				violations[0]?.rule,
			]),
			[["t-2", "capabilities_not_allowed"]],
		);
		assert.deepEqual(
			records.map(({ decision: said, resource, violations }) => [
				said,
				resource.count ?? resource.id,
				violations[0]?.rule ?? "",
			]),
			[
				["deny", "t-2", "capabilities_not_allowed"],
				["allow", 1, "estimated_duration_unrealistic"],
				["allow", 2, ""],
			],
		);
	});

	test(`gate, ${name}: late tickets and long time-outs warn, unless they are set`, {
		skip,
	}, async (t) => {
		const server = await env(t);
		const slow = aboutTickets(
			ticket("t-1", {
				sla: { deadline: Date.now() - 5, timeout_ms: 900_001, max_retries: 1 },
			}),
		);
		const { gate } = await openGate(server);
		assert.deepEqual(await gate.decide(slow), { outcome: "allowed" });
		const strict = await openGate({
			...server,
			OPA_RULE_SEVERITIES: "deadline_in_past=critical",
		});
		const decision = await strict.gate.decide(slow);
		assert.ok("denied" in decision);
		assert.deepEqual(
			decision.denied?.[0]?.violations.map(({ rule }) => rule),
			["deadline_in_past", "timeout_exceeds_maximum"],
		);
		const limited = await openGate({
			...server,
			OPA_TIMEOUT_LIMITS_MS: "low=1000",
		});
		const other = await limited.gate.decide(slow);
		assert.ok("denied" in other);
		assert.deepEqual(
			other.denied?.[0]?.violations.map(({ rule }) => rule),
			["timeout_exceeds_maximum"],
		);
	});
}
