import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });
const who = { actor: "e2e", reason: "a test asks" };

function reviewed(plan_id: string) {
	const plan = buildPlan({ plan_id, tasks: chain(2) });
	return buildDecision(plan, { final_decision: "review_required" });
}

test("plan commands: a plan that needs approval publishes nothing until it is approved", async () => {
	const plan_id = newPlanId("approved");
	await world.publish(reviewed(plan_id));
	await world.planWith(plan_id, ({ status }) => status === "AWAITING_APPROVAL");
	assert.equal(world.recordsOf("tickets", plan_id).length, 0);
	await world.api.command(plan_id, "approve", who);
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	assert.equal(world.recordsOf("tickets", plan_id).length, 2);
	const [plan] = await world.documents("workflows", { plan_id });
	assert.deepEqual(
		plan?.commands.map(({ command, actor }: Record<string, string>) => [
			command,
			actor,
		]),
		[["approve", "e2e"]],
	);
});

test("plan commands: a rejected plan publishes nothing, and a corrected one may come", async () => {
	const plan_id = newPlanId("rejected");
	await world.publish(reviewed(plan_id));
	await world.planWith(plan_id, ({ status }) => status === "AWAITING_APPROVAL");
	await world.api.command(plan_id, "reject", who);
	assert.equal((await world.finalPlan(plan_id)).status, "REJECTED");
	assert.equal(world.recordsOf("tickets", plan_id).length, 0);

	const plan = buildPlan({ plan_id, tasks: chain(1) });
	const decision_id = `corrected-${plan_id}`;
	await world.publish(buildDecision(plan, { decision_id }));
	await world.planWith(plan_id, ({ status }) => status === "SUCCESS");
	assert.equal(world.recordsOf("tickets", plan_id).length, 1);
});

test("plan commands: a cancelled plan publishes no further ticket", async () => {
	const plan_id = newPlanId("cancelled");
	const parameters = { simulate: "silent" };
	const tasks = chain(3, { parameters });
	const metadata = { orchestrator_version: "V2" };
	const plan = buildPlan({ plan_id, tasks });
	await world.publish(buildDecision(plan, { metadata }));
	await world.eventually(
		() => world.recordsOf("tickets", plan_id).length === 1,
	);
	await world.api.command(plan_id, "cancel", who);
	const view = await world.finalPlan(plan_id);
	assert.equal(view.status, "CANCELLED");
	const tickets = await world.eventually(async () => {
		const found = await world.documents("execution_tickets", { plan_id });
		return found.every(({ outcome }) => outcome !== null) && found;
	});
	assert.ok(tickets.every(({ outcome }) => outcome === "cancelled"));
	assert.equal(world.recordsOf("tickets", plan_id).length, 1);
});

test("plan commands: a paused plan goes on when it is resumed", async () => {
	const plan_id = newPlanId("paused");
	const metadata = { orchestrator_version: "V2" };
	const parameters = { simulate_duration_ms: "300" };
	const plan = buildPlan({ plan_id, tasks: chain(3, { parameters }) });
	await world.publish(buildDecision(plan, { metadata }));
	await world.eventually(
		() => world.recordsOf("tickets", plan_id).length === 1,
	);
	await world.api.command(plan_id, "pause", who);
	const paused = await world.planWith(
		plan_id,
		({ status, tickets_completed }) =>
			status === "PAUSED" && tickets_completed >= 1,
	);
	const published = world.recordsOf("tickets", plan_id).length;
	assert.ok(published < 3, `${published} tickets, ${paused.status}`);
	await world.api.command(plan_id, "resume", who);
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	assert.equal(world.recordsOf("tickets", plan_id).length, 3);
});
