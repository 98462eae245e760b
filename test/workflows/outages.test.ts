import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { planQueries } from "../../src/domain/plan-run.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import {
	keep,
	openWorld,
	planOf,
	report,
	resultOf,
} from "../support/plan-world.ts";

test("MongoDB away: the plan goes on to its end, and every document lands once it is back", async (t) => {
	let isAway = true;
	const landed = new Map<string, Record<string, unknown>>();
	const world = await openWorld(t, {
		documents: {
			async write(writes: readonly DocumentWrite[]) {
				if (isAway) throw new OrchestratorError("STORE_UNAVAILABLE", "away");
				for (const write of writes)
					keep({ documents: landed, writes: [] }, write);
			},
		},
	});
	const decision = someDecision();
	const handle = await world.start(
		runInput(
			decision,
			planOf(decision.plan_id, [{ id: "a" }, { id: "b", needs: ["a"] }]),
		),
	);
	await eventually(() => world.tickets.length === 2);
	await report(
		handle,
		world.tickets.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
	);
	await eventually(() => world.frames.length === 1);
	assert.equal((await handle.describe()).status.name, "RUNNING");
	assert.match(
		(await handle.query<{ summary: string }>(planQueries.why)).summary,
		/MongoDB/,
	);
	isAway = false;
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.equal(landed.get(`workflows/${handle.workflowId}`)?.status, "SUCCESS");
	for (const { ticket_id } of world.tickets) {
		assert.equal(
			landed.get(`execution_tickets/${ticket_id}`)?.status,
			"COMPLETED",
		);
		assert.deepEqual(landed.get(`execution_tickets/${ticket_id}`)?.output, {
			artifact: "a",
		});
		assert.equal(
			landed.get(`ticket_attempts/${ticket_id}`)?.outcome,
			"completed",
		);
	}
	assert.ok(
		[...landed.keys()].some((key) => key.startsWith("validation_audit/")),
	);
	assert.ok(landed.has(`decisions/${decision.decision_id}`));
});

test("Kafka away: publication waits durably, can be cancelled meanwhile, and goes on by itself", async (t) => {
	let isAway = true;
	const published: ExecutionTicket[] = [];
	const frames: unknown[] = [];
	const world = await openWorld(t, {
		tickets: {
			async publishTickets({ tickets }) {
				if (isAway) throw new OrchestratorError("PUBLISH_UNCONFIRMED", "away");
				published.push(...tickets);
			},
		},
		frames: {
			async publishFrames(some) {
				if (isAway) throw new OrchestratorError("PUBLISH_UNCONFIRMED", "away");
				frames.push(...some);
			},
		},
	});
	const first = someDecision();
	const waiting = await world.start(
		runInput(first, planOf(first.plan_id, [{ id: "a" }])),
	);
	const second = someDecision();
	const cancelled = await world.start(
		runInput(second, planOf(second.plan_id, [{ id: "a" }])),
	);
	for (const handle of [waiting, cancelled]) {
		await eventually(async () =>
			/Kafka/.test(
				(await handle.query<{ summary: string }>(planQueries.why)).summary,
			),
		);
	}
	await cancelled.executeUpdate("cancel", {
		args: [{ actor: "ada", reason: "enough" }],
	});
	assert.equal((await cancelled.result()).status, "CANCELLED");
	const buffered = [...world.documents.keys()].filter((key) =>
		key.startsWith("telemetry_buffer/"),
	);
	assert.equal(buffered.length, 1);
	isAway = false;
	await eventually(() => published.length === 1);
	await report(waiting, [resultOf(published[0]?.ticket_id ?? "", "COMPLETED")]);
	assert.equal((await waiting.result()).status, "SUCCESS");
	assert.equal(frames.length, 1);
});

test("a worker that is restarted in the middle replays the plan and publishes nothing again", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const handle = await world.start({
		...runInput(
			decision,
			planOf(decision.plan_id, [{ id: "a" }, { id: "b", needs: ["a"] }]),
		),
		orchestrator_version: "V2",
	});
	await eventually(() => world.tickets.length === 1);
	await world.restartWorker();
	await report(handle, [
		resultOf(world.tickets[0]?.ticket_id ?? "", "COMPLETED"),
	]);
	await eventually(() => world.tickets.length === 2);
	await world.restartWorker();
	await report(handle, [
		resultOf(world.tickets[1]?.ticket_id ?? "", "COMPLETED"),
	]);
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.equal(world.tickets.length, 2);
});

test("Kafka refuses a ticket for good: it fails at once, and nothing that never went out is undone", async (t) => {
	let calls = 0;
	const world = await openWorld(t, {
		tickets: {
			async publishTickets() {
				calls += 1;
				throw new OrchestratorError(
					"PUBLISH_REFUSED",
					"the message is too large",
				);
			},
		},
	});
	const decision = someDecision();
	const handle = await world.start(
		runInput(decision, planOf(decision.plan_id, [{ id: "a" }])),
	);
	assert.equal((await handle.result()).status, "FAILED");
	assert.equal(world.tickets.length, 0);
	assert.match(world.incidents[0]?.details.join() ?? "", /too large/);
	assert.equal(calls, 2, "the quick try and the durable one, of one attempt");
	const [ticket] = [...world.documents].flatMap(([key, fields]) =>
		key.startsWith("execution_tickets/") ? [fields] : [],
	);
	assert.equal(ticket?.outcome, "failed");
	assert.match(String(ticket?.error_message), /refused: .*too large/);
});

test("Kafka refuses one ticket of many: the others go out and complete", async (t) => {
	const published: ExecutionTicket[] = [];
	const world = await openWorld(t, {
		tickets: {
			async publishTickets({ tickets }) {
				if (tickets.some(({ task_id }) => task_id === "large"))
					throw new OrchestratorError(
						"PUBLISH_REFUSED",
						"the message is too large",
					);
				published.push(...tickets);
			},
		},
	});
	const decision = someDecision();
	const handle = await world.start(
		runInput(
			decision,
			planOf(decision.plan_id, [
				{ id: "a" },
				{ id: "large" },
				{ id: "b" },
				{ id: "c" },
			]),
		),
	);
	await eventually(() => published.length === 3);
	await report(
		handle,
		published.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
	);
	assert.equal((await handle.result()).status, "PARTIAL");
	assert.deepEqual(published.map(({ task_id }) => task_id).toSorted(), [
		"a",
		"b",
		"c",
	]);
});
