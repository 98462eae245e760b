import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { OrchestratorVersion } from "../../src/domain/plan-run.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

/**
 * a before b, and workers as those in the field: one that waits for b's dependencies asks its own ticket
 * service for exactly the ids that b names.
 */
async function openPair(t: TestContext, version: OrchestratorVersion) {
	const world = await openWorld(t);
	const decision = someDecision();
	const tasks = [{ id: "a" }, { id: "b", needs: ["a"] }];
	const handle = await world.start({
		...runInput(decision, planOf(decision.plan_id, tasks)),
		orchestrator_version: version,
	});
	const published = async (task: string, attempt: number) => {
		const find = () =>
			world.tickets.find(
				({ task_id, metadata }) =>
					task_id === task && metadata.attempt === String(attempt),
			);
		await eventually(() => find() !== undefined);
		return find() as ExecutionTicket;
	};
	const say = async (
		{ ticket_id }: ExecutionTicket,
		status: "COMPLETED" | "FAILED",
	) => await report(handle, [resultOf(ticket_id, status)]);
	return { world, handle, published, say };
}

test("V1: a dependency that needs a second attempt: what waited for it is published again and names that one", async (t) => {
	const { handle, published, say, world } = await openPair(t, "V1");
	const [a1, b1] = [await published("a", 1), await published("b", 1)];
	assert.deepEqual(b1.dependencies, [a1.ticket_id]);
	await say(a1, "FAILED");
	await say(b1, "FAILED");
	const a2 = await published("a", 2);
	await say(a2, "COMPLETED");
	const b2 = await published("b", 2);
	assert.deepEqual(b2.dependencies, [a2.ticket_id]);
	assert.equal(b2.metadata.logical_dependencies, `["${a1.ticket_id}"]`);
	// Its first counted failure: there is another attempt to come.
	await say(b2, "FAILED");
	await say(await published("b", 3), "COMPLETED");
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.equal(world.incidents.length, 0);
	const stored = world.document("execution_tickets", b1.ticket_id);
	assert.deepEqual(
		[stored.status, stored.attempt, stored.dependencies],
		["COMPLETED", 3, [a1.ticket_id]],
	);
});

test("V1: a worker that gave up waiting costs the ticket nothing, and REST says RUNNING meanwhile", async (t) => {
	const { handle, published, say } = await openPair(t, "V1");
	const [a1, b1] = [await published("a", 1), await published("b", 1)];
	await say(b1, "FAILED");
	await eventually(async () => {
		const [, b] =
			await handle.query<{ status: string; error_message: string }[]>(
				"tickets",
			);
		return b?.status === "RUNNING" && b.error_message === "it broke";
	});
	await say(a1, "COMPLETED");
	const b2 = await published("b", 2);
	assert.deepEqual(b2.dependencies, [a1.ticket_id]);
	await say(b2, "COMPLETED");
	assert.equal((await handle.result()).status, "SUCCESS");
});

test("V2: a ticket names the attempt of its dependency that completed", async (t) => {
	const { handle, published, say } = await openPair(t, "V2");
	const a1 = await published("a", 1);
	await say(a1, "FAILED");
	const a2 = await published("a", 2);
	await say(a2, "COMPLETED");
	const b1 = await published("b", 1);
	assert.deepEqual(b1.dependencies, [a2.ticket_id]);
	assert.equal(b1.metadata.logical_dependencies, `["${a1.ticket_id}"]`);
	await say(b1, "COMPLETED");
	assert.equal((await handle.result()).status, "SUCCESS");
});
