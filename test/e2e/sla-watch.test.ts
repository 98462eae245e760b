import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });

test("sla watch: a plan that will be late is told of before its deadline, and what it broke afterwards", async () => {
	const plan_id = newPlanId("late");
	const parameters = { simulate_duration_ms: "25000" };
	const task = { estimated_duration_ms: 60_000, parameters };
	const plan = buildPlan({ plan_id, tasks: chain(1, task) });
	// It is looked at every ten seconds.
	const metadata = { sla_deadline_seconds: "15" };
	await world.publish(buildDecision(plan, { metadata }));
	const told = (role: "slaAlerts" | "slaViolations") =>
		world.records(role).filter(({ body }) => body.plan_id === plan_id);
	const [alert] = await world.eventually(
		() => told("slaAlerts").length > 0 && told("slaAlerts"),
	);
	const { alert_type, timestamp, context } = alert?.body ?? {};
	assert.equal(alert_type, "DEADLINE_APPROACHING");
	const { sla_deadline, path, reason } = context as Record<string, unknown>;
	assert.equal(reason, "forecast");
	assert.deepEqual(path, ["step-1"]);
	assert.ok(Date.parse(String(timestamp)) < Number(sla_deadline));
	assert.deepEqual(told("slaViolations"), []);

	const [violation] = await world.eventually(
		() => told("slaViolations").length > 0 && told("slaViolations"),
	);
	assert.equal(violation?.body.violation_type, "DEADLINE_EXCEEDED");
	assert.equal(violation?.body.ticket_id, null);
	assert.ok(Number(violation?.body.delay_ms) > 0);
	await world.eventually(() =>
		told("slaAlerts").some(
			({ body }) =>
				body.event_type === "ALERT_CLEARED" &&
				body.alert_id === alert?.body.alert_id,
		),
	);
	assert.equal(told("slaViolations").length, 1);
	const incidents = await world.eventually(() => {
		const own = world
			.records("incidents")
			.filter(({ body }) => body.workflow_id === `orch-${plan_id}`);
		return own.length > 0 && own;
	});
	assert.deepEqual(
		incidents.map(({ body }) => [body.incident_type, body.details]),
		[
			[
				"SLA_VIOLATION",
				[
					`plan ${plan_id} ended ${violation?.body.delay_ms} ms after its deadline`,
				],
			],
		],
	);
});
