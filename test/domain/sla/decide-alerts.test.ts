import assert from "node:assert/strict";
import { test } from "node:test";
import {
	budgetAlert,
	decideAlerts,
	planAlert,
	type RaisedAlerts,
	ticketAlert,
} from "../../../src/domain/sla/decide-alerts.ts";
import { computeBudget } from "../../../src/domain/sla/error-budget.ts";

const NOW = Date.UTC(2026, 10, 30);
const plan = { workflow_id: "orch-p-1", plan_id: "p-1" };
const risk = {
	reason: "forecast",
	sla_deadline: NOW + 60_000,
	remaining_seconds: 60,
	percent_consumed: 0.5,
	predicted_end: NOW + 90_000,
	path: ["a", "b"],
	path_length: 2,
} as const;
const check = {
	deadline_approaching: true,
	remaining_seconds: 45,
	percent_consumed: 0.85,
	sla_deadline: NOW + 45_000,
};
const ofTicket = (ticket_id: string) =>
	ticketAlert(plan, { ticket_id, task_id: "a" }, check);
const ofPlan = planAlert(plan, { ...risk, path: [...risk.path] });

const decide = (
	due: Parameters<typeof decideAlerts>[0]["due"],
	raised: RaisedAlerts = {},
	nowMs = NOW,
) =>
	decideAlerts({
		plan,
		serviceName: "orchestrator-dynamic",
		repeatAfterMs: 300_000,
		...{ due, raised, nowMs },
	});

test("decideAlerts: a plan's alert names path, deadline and prediction", () => {
	const [alert] = decide([ofPlan]).alerts;
	assert.equal(alert?.event_type, "ALERT");
	assert.equal(alert?.alert_type, "DEADLINE_APPROACHING");
	assert.equal(alert?.severity, "CRITICAL");
	assert.equal(alert?.workflow_id, "orch-p-1");
	assert.equal(alert?.ticket_id, null);
	assert.deepEqual(alert?.context.path, ["a", "b"]);
	assert.equal(alert?.context.predicted_end, NOW + 90_000);
});

test("decideAlerts: a ticket's context has its id and what remains (flow-c, 13.8)", () => {
	const [alert] = decide([ofTicket("t-1")]).alerts;
	assert.equal(alert?.context.ticket_id, "t-1");
	assert.equal(alert?.context.remaining_seconds, 45);
});

test("decideAlerts: a second ticket is never swallowed", () => {
	const first = decide([ofTicket("t-1")]);
	const both = decide(
		[ofTicket("t-1"), ofTicket("t-2")],
		first.raised,
		NOW + 1,
	);
	assert.deepEqual(
		both.alerts.map(({ ticket_id }) => ticket_id),
		["t-2"],
	);
	assert.equal(both.suppressed, 1);
});

test("decideAlerts: the same is told again after its time, under its id, and cleared when it is over", () => {
	const first = decide([ofPlan]);
	const id = first.alerts[0]?.alert_id;
	assert.deepEqual(decide([ofPlan], first.raised, NOW + 299_999).alerts, []);
	const again = decide([ofPlan], first.raised, NOW + 300_000);
	assert.equal(again.alerts[0]?.alert_id, id);
	const over = decide([], again.raised, NOW + 300_001);
	assert.deepEqual(
		over.alerts.map(({ alert_id, event_type, plan_id }) => [
			alert_id,
			event_type,
			plan_id,
		]),
		[[id, "ALERT_CLEARED", "p-1"]],
	);
	assert.deepEqual(over.raised, {});
	// Later it is another one.
	const later = decide([ofPlan], over.raised, NOW + 400_000);
	assert.notEqual(later.alerts[0]?.alert_id, id);
});

test("decideAlerts: a budget's context has its share, from 0 to 1 (flow-c, 13.8)", () => {
	const budget = {
		...computeBudget({
			serviceName: "orchestrator-dynamic",
			sloId: "plans-in-time",
			sloTarget: 0.99,
			whole: { total: 0, bad: 0 },
			ended: () => ({ total: 0, bad: 0 }),
			lastBadAtMs: null,
			nowMs: NOW,
		}),
		error_budget_remaining: 18,
	};
	const { alerts } = decideAlerts({
		plan: null,
		serviceName: "orchestrator-dynamic",
		due: [
			budgetAlert("BUDGET_CRITICAL", budget),
			budgetAlert("BURN_RATE_HIGH", budget),
		],
		raised: {},
		repeatAfterMs: 1,
		nowMs: NOW,
	});
	assert.deepEqual(
		alerts.map(({ alert_type, severity, workflow_id }) => [
			alert_type,
			severity,
			workflow_id,
		]),
		[
			["BUDGET_CRITICAL", "CRITICAL", null],
			["BURN_RATE_HIGH", "WARNING", null],
		],
	);
	assert.equal(alerts[0]?.context.budget_remaining, 0.18);
});
