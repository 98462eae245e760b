import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import type { ReplayedPlan } from "../../src/domain/prediction/replayed-decision.ts";
import type { TicketExplanation } from "../../src/prediction/ml-ports.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });

async function get<T>(path: string): Promise<T> {
	const response = await fetch(`${world.address()}${path}`);
	const body = (await response.json()) as T;
	assert.equal(response.status, 200, JSON.stringify(body));
	return body;
}

test("ml: before there is a model the estimate stands, and every surface says so", async () => {
	const health = await world.eventually(async () => {
		const now = await get<{ status: string; predictors: object }>("/health/ml");
		return now.status === "healthy" && now;
	});
	assert.deepEqual(health.predictors, {
		scheduling_predictor: { loaded: false, model_version: null },
	});
	const { models } = await get<{ models: [] }>("/api/v1/ml/models");
	assert.deepEqual(models, []);
	const weights = await get<{ proposed: null; reason: string }>(
		"/api/v1/ml/weights",
	);
	assert.equal(weights.proposed, null);
	assert.match(weights.reason, /cannot tell/);
	const log = await get<{ status: string }>("/api/v1/ml/audit/health");
	assert.equal(log.status, "healthy");
});

test("ml: a plan's decisions, recorded and replayed, and what a ticket's prediction rests on", async () => {
	const plan_id = newPlanId("ml");
	await world.publish(buildDecision(buildPlan({ plan_id, tasks: chain(3) })));
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const path = `/api/v1/ml/plans/${plan_id}/decisions`;
	// Explanations of allocations are written in the background.
	const replayed = await world.eventually(async () => {
		const now = await get<ReplayedPlan>(path);
		return now.tickets.every(({ got }) => got !== null) && now;
	});
	assert.equal(replayed.total, 3);
	assert.equal(replayed.workers, 2);
	assert.equal(replayed.policy.plan_from, "tickets");
	for (const { got, today, differs, actual_duration_ms } of replayed.tickets) {
		assert.match(today.agent_id ?? "", /^agent-/);
		assert.equal(today.predicted_ms, got?.predicted_ms, "the estimate, twice");
		assert.ok(Math.abs(today.priority - (got?.priority ?? 0)) < 0.01);
		assert.ok(!differs.includes("prediction") && !differs.includes("priority"));
		assert.ok((actual_duration_ms ?? 0) > 0);
	}
	const id = replayed.tickets[0]?.ticket_id;
	const told = await get<TicketExplanation>(
		`/api/v1/ml/tickets/${id}/explanation`,
	);
	assert.equal(told.recorded?.source, "estimate");
	assert.equal(told.now?.duration_ms, told.estimated_duration_ms);
	const doubled = told.effects.find(
		({ fact }) => fact === "estimated_duration_ms",
	);
	assert.equal(doubled?.duration_ms, 2 * (told.estimated_duration_ms ?? 0));
});
