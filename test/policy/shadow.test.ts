import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyEngine } from "../../src/policy/engine.ts";
import type { AuthorizationRecord } from "../../src/policy/ports.ts";
import { createShadow } from "../../src/policy/shadow.ts";
import { createTenantRequests } from "../../src/policy/tenant-requests.ts";
import { createWorkload } from "../../src/policy/workload.ts";
import { eventually } from "../support/eventually.ts";
import { openGate, policySettingsOf } from "../support/gates.ts";
import { workersAre } from "../support/known-workers.ts";
import { aboutPlan } from "../support/policy-questions.ts";
import { openRedis, silentLog } from "../support/stores.ts";

test("shadow: what it finds otherwise is counted and listed, and decides nothing", async () => {
	const strict: PolicyEngine = {
		name: "embedded",
		ping: async () => {},
		evaluate: async (paths, { items }) =>
			items.map(() =>
				Object.fromEntries(
					paths.map((path) => [
						path,
						path.endsWith("resource_limits")
							? { violations: [{ rule: "new_rule", severity: "critical" }] }
							: path.endsWith("feature_flags")
								? { enable_intelligent_scheduler: true }
								: { allow: true, violations: [] },
					]),
				),
			),
	};
	const records: AuthorizationRecord[] = [];
	const counted: string[] = [];
	const shadow = createShadow({
		engine: strict,
		severities: policySettingsOf().severities,
		flagsPath: policySettingsOf().paths.featureFlags,
		audit: { add: (more) => void records.push(...more) },
		log: silentLog,
		onDifference: (policy) => counted.push(policy),
	});
	const { gate } = await openGate({}, { shadow });
	assert.equal((await gate.decide(aboutPlan())).outcome, "allowed");
	await eventually(() => records.length > 0);
	assert.deepEqual(counted, ["resource_limits"]);
	assert.deepEqual(
		records.map(({ action, decision, policy_path, violations }) => [
			action,
			decision,
			policy_path,
			violations[0]?.rule,
		]),
		[
			[
				"shadow",
				"deny",
				"shadow/neuralhive/orchestrator/resource_limits",
				"new_rule",
			],
		],
	);
});

test("workload: load and queue by what workers report; unknown without a report", async () => {
	const of = async (...workers: Parameters<typeof workersAre>[0]) =>
		await createWorkload(workersAre(workers)).read();
	assert.deepEqual(await of({ agent_id: "a", active_tasks: null }), {
		current_load: null,
		queue_depth: null,
		model_accuracy: null,
	});
	assert.deepEqual(
		await of(
			{ agent_id: "a", slots: 4, active_tasks: 6 },
			{ agent_id: "b", slots: 4, active_tasks: 0 },
			{ agent_id: "c", slots: 4, active_tasks: null },
		),
		{ current_load: 0.75, queue_depth: 2, model_accuracy: null },
	);
});

test("tenant requests: counted for all processes together, in a window of a minute", async (t) => {
	const { redis } = openRedis(t);
	const tenant = `tenant-${process.pid}-${Date.now()}`;
	const [one, other] = [
		createTenantRequests(redis),
		createTenantRequests(redis),
	];
	assert.equal(await one.read(tenant), 0);
	assert.equal(await one.count(tenant, `${tenant}/a`), 1);
	assert.equal(await other.count(tenant, `${tenant}/b`), 2);
	// A plan that asks again is the same plan.
	assert.equal(await other.count(tenant, `${tenant}/a`), 2);
	assert.equal(await one.read(tenant), 2);
});
