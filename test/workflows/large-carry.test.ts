import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { untilFreshRun } from "../support/fresh-run.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import {
	openWorld,
	planOf,
	report,
	resultOf,
	type World,
} from "../support/plan-world.ts";

const MAPPERS = 1_400;

/** Random parameters, and a state for each ticket: together more than one run hands to the next as it is. */
function largeTasks() {
	const mappers = Array.from({ length: MAPPERS }, (_, at) => ({
		id: `m${at}`,
		type: "BUILD",
		parameters: { artifact_ids: randomBytes(300).toString("base64") },
	}));
	return [...mappers, { id: "r", needs: mappers.map(({ id }) => id) }];
}

/** What went out, once each: a workflow task that was lost sends again what it had sent. */
function publishedOf({ tickets }: World): ExecutionTicket[] {
	return [...new Map(tickets.map((one) => [one.ticket_id, one])).values()];
}

async function publishedCount(world: World, count: number) {
	return await eventually(() => {
		const published = publishedOf(world);
		return published.length >= count && published;
	}, 120_000);
}

async function answer(
	world: World,
	planId: string,
	[from, to]: [number, number],
): Promise<void> {
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const published = await publishedCount(world, to);
	await plans.signalResults(
		planId,
		published
			.slice(from, to)
			.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
	);
}

test("a large plan: fresh runs go on with its tickets, and with what undoes them", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const { plan_id } = decision;
	const input = runInput(decision, planOf(plan_id, largeTasks()));
	const handle = await world.start({
		...input,
		orchestrator_version: "V2",
		settings: {
			...input.settings,
			planMaxDurationMs: 600_000,
			ticketQueueAllowanceMs: 600_000,
		},
	});
	await answer(world, plan_id, [0, MAPPERS / 2]);
	await untilFreshRun(handle);
	await answer(world, plan_id, [MAPPERS / 2, MAPPERS]);
	for (const attempt of [1, 2]) {
		const published = await publishedCount(world, MAPPERS + attempt);
		const id = published.at(-1)?.ticket_id ?? "";
		await report(handle, [resultOf(id, "FAILED")]);
	}
	// What failed is undone first, then what it rests on.
	const first = MAPPERS + 2;
	const end = first + 1 + MAPPERS;
	await answer(world, plan_id, [first, first + 1]);
	await publishedCount(world, end);
	await untilFreshRun(handle);
	await answer(world, plan_id, [first + 1, end]);
	assert.equal((await handle.result()).status, "PARTIAL");

	const published = publishedOf(world);
	assert.equal(published.length, end);
	const originals = new Map(published.map((one) => [one.ticket_id, one]));
	const compensations = published.slice(first + 1);
	for (const { ticket_id, parameters } of compensations) {
		const original = originals.get(String(parameters.original_ticket_id));
		assert.equal(parameters.artifact_ids, original?.parameters.artifact_ids);
		const stored = world.document(
			"execution_tickets",
			original?.ticket_id ?? "",
		);
		assert.equal(stored.status, "COMPENSATED");
		assert.equal(stored.compensation_ticket_id, ticket_id);
		assert.deepEqual(stored.output, { artifact: "a" });
		const own = world.document("execution_tickets", ticket_id);
		assert.equal(own.status, "COMPLETED");
		assert.deepEqual(own.parameters, parameters);
	}
});
