import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { planQueries } from "../../src/domain/plan-run.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

/** More than go out in one activity. */
const LEAF_COUNT = 500;

test("a rerun while the first of several batches waits for Kafka: the others do not go out as they were", async (t) => {
	let isAway = false;
	const published: ExecutionTicket[] = [];
	const world = await openWorld(t, {
		tickets: {
			async publishTickets({ tickets }) {
				if (isAway) throw new OrchestratorError("PUBLISH_UNCONFIRMED", "away");
				published.push(...tickets);
			},
		},
	});
	const decision = someDecision();
	const leaves = Array.from({ length: LEAF_COUNT }, (_, at) => ({
		id: `leaf${at}`,
		needs: ["root"],
	}));
	const handle = await world.start({
		...runInput(
			decision,
			planOf(decision.plan_id, [{ id: "root" }, ...leaves]),
		),
		orchestrator_version: "V2",
	});
	await eventually(() => published.length === 1);
	isAway = true;
	await report(handle, [resultOf(idOf(published, 0), "COMPLETED")]);
	await eventually(async () => {
		const why = await handle.query<{ summary: string }>(planQueries.why);
		return /Kafka/.test(why.summary);
	});
	await handle.executeUpdate("rerun", {
		args: [{ task_id: "root", actor: "ada", reason: "again" }],
	});
	isAway = false;
	await eventually(() => published.some(isSecondRoot), 40_000);
	const root = published.findIndex(isSecondRoot);
	await report(handle, [resultOf(idOf(published, root), "COMPLETED")]);
	await eventually(() => countOf(published, "2") === LEAF_COUNT + 1, 20_000);
	assert.ok(countOf(published, "1") <= 401, "the second batch stayed here");
	await report(
		handle,
		published
			.filter(({ metadata }) => metadata.generation === "2")
			.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
	);
	assert.equal((await handle.result()).status, "SUCCESS");
});

function idOf(tickets: readonly ExecutionTicket[], index: number): string {
	return tickets[index]?.ticket_id ?? assert.fail("no such ticket");
}

function isSecondRoot({ task_id, metadata }: ExecutionTicket): boolean {
	return task_id === "root" && metadata.generation === "2";
}

function countOf(tickets: readonly ExecutionTicket[], generation: string) {
	return tickets.filter(({ metadata }) => metadata.generation === generation)
		.length;
}
