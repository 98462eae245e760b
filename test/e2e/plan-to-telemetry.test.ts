import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain, diamond, fanOut } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });

function decisionFor(
	version: "V1" | "V2",
	plan: Parameters<typeof buildPlan>[0],
) {
	const metadata = { orchestrator_version: version };
	return buildDecision(buildPlan(plan), { metadata });
}

async function frameOf(planId: string) {
	return await world.eventually(
		() => world.recordsOf("telemetry", planId)[0]?.body,
	);
}

for (const version of ["V1", "V2"] as const) {
	test(`plan to telemetry: ${version}: decision, tickets, results, frame, audit`, async () => {
		const plan_id = newPlanId(version);
		await world.publish(decisionFor(version, { plan_id, tasks: diamond() }));
		const plan = await world.finalPlan(plan_id);
		assert.equal(plan.status, "SUCCESS");
		assert.equal(plan.orchestrator_version, version);

		const tickets = world.recordsOf("tickets", plan_id);
		assert.equal(tickets.length, 4);
		for (const { key, headers, body } of tickets) {
			assert.equal(key, version === "V1" ? plan_id : body.ticket_id);
			assert.equal(headers["x-neural-hive-plan-id"], plan_id);
			assert.equal(body.status, "PENDING");
			const metadata = body.metadata as Record<string, string>;
			assert.equal(metadata.orchestrator_version, version);
			assert.equal(metadata.logical_ticket_id, body.ticket_id);
			assert.match(metadata.assigned_agent_id ?? "", /^agent-/);
		}
		const tasks = tickets.map(({ body }) => body.task_id);
		assert.deepEqual(tasks.sort(), ["bottom", "left", "right", "top"]);

		const frame = await frameOf(plan_id);
		assert.equal(frame.orchestrator_version, version);
		assert.equal(frame.tickets_generated, 4);
		assert.equal(frame.tickets_completed, 4);
		const steps = frame.steps as { name: string }[];
		assert.deepEqual(steps.map(({ name }) => name).sort(), [
			"C1",
			"C2",
			"C3",
			"C4",
			"C5",
			"C6",
		]);

		const counts = {
			validation_audit: 1,
			execution_tickets: 4,
			ticket_attempts: 4,
			workflow_results: 1,
			decisions: 1,
		};
		for (const [collection, count] of Object.entries(counts)) {
			await world.eventually(async () => {
				const found = await world.documents(collection, { plan_id });
				return found.length === count;
			});
		}
	});
}

test("plan to telemetry: a ticket of V2 goes out after what it depends on, whatever the order of tasks", async () => {
	const plan_id = newPlanId("order");
	const tasks = chain(4).reverse();
	const execution_order = ["step-1", "step-2", "step-3", "step-4"];
	await world.publish(decisionFor("V2", { plan_id, tasks, execution_order }));
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const attempts = await world.documents("ticket_attempts", { plan_id });
	const order = attempts
		.sort((a, b) => a.published_at - b.published_at)
		.map(({ task_id }) => task_id);
	assert.deepEqual(order, execution_order);
});

test("plan to telemetry: the same decision three times is one plan and one set of tickets", async () => {
	const plan_id = newPlanId("thrice");
	const decision = decisionFor("V1", { plan_id, tasks: diamond() });
	await world.publish(decision, decision, decision);
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	await frameOf(plan_id);
	// Delivered once more when all is over: what comes of it comes before the next plan's tickets.
	await world.publish(decision);
	const next = newPlanId("next");
	await world.publish(decisionFor("V1", { plan_id: next, tasks: chain(1) }));
	assert.equal((await world.finalPlan(next)).status, "SUCCESS");
	assert.equal(world.recordsOf("tickets", plan_id).length, 4);
	assert.equal(world.recordsOf("telemetry", plan_id).length, 1);
	const runs = await world.documents("workflows", { plan_id });
	assert.equal(runs.length, 1);
});

test("plan to telemetry: a wide plan has each ticket once", async () => {
	const plan_id = newPlanId("wide");
	await world.publish(decisionFor("V1", { plan_id, tasks: fanOut(300) }));
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const tickets = world.recordsOf("tickets", plan_id);
	assert.equal(tickets.length, 302);
	assert.equal(new Set(tickets.map(({ body }) => body.ticket_id)).size, 302);
});

test("plan to telemetry: a failing task is retried, its dependants skipped, what it rests on undone", async () => {
	const plan_id = newPlanId("compensated");
	const tasks = [
		{ task_id: "build", task_type: "BUILD" },
		{ task_id: "other" },
		{
			task_id: "deploy",
			task_type: "DEPLOY",
			dependencies: ["build"],
			parameters: { simulate: "fail" },
		},
		{ task_id: "check", dependencies: ["deploy"] },
	];
	await world.publish(decisionFor("V2", { plan_id, tasks }));
	assert.equal((await world.finalPlan(plan_id)).status, "PARTIAL");
	const tickets = world.recordsOf("tickets", plan_id);
	const tasksSeen = tickets.map(({ body }) =>
		body.task_type === "COMPENSATE"
			? (body.parameters as Record<string, string>).action
			: body.task_id,
	);
	assert.deepEqual(tasksSeen.sort(), [
		"build",
		"delete_artifacts",
		"deploy",
		"deploy",
		"other",
		"rollback_deployment",
	]);
	const outcomes = await world.eventually(async () => {
		const found = await world.documents("execution_tickets", { plan_id });
		const ended = found.every(({ outcome }) => outcome !== null);
		return ended && found;
	});
	const outcomeOf = (task: string) =>
		outcomes.find(({ task_id }) => task_id === task)?.outcome;
	assert.equal(outcomeOf("other"), "completed");
	assert.equal(outcomeOf("check"), "skipped");
});
