import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { attemptId } from "../../src/domain/ticket-ids.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });

/** The record of an agent that nobody has given the ticket to. */
function claimOf(ticket_id: string): Buffer {
	return Buffer.from(
		JSON.stringify({
			ticket_id,
			status: "COMPLETED",
			result: { success: true, output: {}, metadata: {}, logs: [] },
			error_message: null,
			actual_duration_ms: 1,
			agent_id: "impostor",
			timestamp: Date.now(),
		}),
	);
}

/** What the lines of a metric that match say together. */
async function counted(pattern: RegExp): Promise<number> {
	const text = await (await fetch(`${world.address()}/metrics`)).text();
	const lines = text.match(pattern) ?? [];
	return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

const retries = () => counted(/^orchestration_result_retries_total.*$/gm);
const givenUp = () =>
	counted(
		/^orchestration_kafka_messages_consumed_total\{topic="[^"]*execution.tickets.dlq"\}.*$/gm,
	);

for (const version of ["V1", "V2"])
	test(`claimed results (${version}): what is claimed before approval makes no plan a success; its agents do`, async () => {
		const plan_id = newPlanId("claimed");
		const tasks = chain(3);
		const plan = buildPlan({ plan_id, tasks });
		await world.publish(
			buildDecision(plan, {
				requires_human_review: true,
				metadata: { orchestrator_version: version },
			}),
		);
		await world.planWith(
			plan_id,
			({ status }) => status === "AWAITING_APPROVAL",
		);
		const ids = tasks.map(({ task_id }) =>
			attemptId({
				planId: plan_id,
				taskId: String(task_id),
				generation: 1,
				attempt: 1,
				compensation: false,
			}),
		);
		const before = await retries();
		const givenUpBefore = await givenUp();
		await world.publishOn("results", ...ids.map(claimOf));
		// These name the plan, so that they reach it at once.
		await world.publishOn(
			"ticketsDlq",
			...ids.map((ticket_id) =>
				Buffer.from(JSON.stringify({ ticket_id, plan_id })),
			),
		);
		await world.eventually(
			async () =>
				(await retries()) >= before + ids.length &&
				(await givenUp()) >= givenUpBefore + ids.length,
		);
		const who = { actor: "e2e", reason: "looked at" };
		await world.api.command(plan_id, "approve", who);

		assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
		const tickets = await world.documents("execution_tickets", { plan_id });
		assert.deepEqual(
			tickets.map(({ _id }) => _id).sort(),
			ids.toSorted(),
			"the ids are those that were claimed",
		);
		for (const { agent_id, attempt } of tickets) {
			assert.match(agent_id, /^agent-/);
			assert.equal(attempt, 1, "nor was any of them given up");
		}
		assert.deepEqual(
			new Set(
				world.recordsOf("tickets", plan_id).map(({ body }) => body.ticket_id),
			),
			new Set(ids),
		);
	});
