import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { createPlanReader } from "../../src/storage/plan-reader.ts";
import { openMongo } from "../support/stores.ts";

async function openReader(t: TestContext, writes: DocumentWrite[]) {
	const { mongo } = await openMongo(t);
	await createDocumentStore(mongo).write(writes);
	return createPlanReader(mongo);
}

const plan = (
	plan_id: string,
	created_at: number,
	fields: Record<string, unknown> = {},
): DocumentWrite => ({
	collection: "workflows",
	_id: `orch-${plan_id}`,
	revision: "1",
	fields: {
		workflow_id: `orch-${plan_id}`,
		kind: "plan",
		plan_id,
		created_at,
		problems: [],
		...fields,
	},
});

test("planReader: a plan stands before decisions about it, and those before nothing", async (t) => {
	const recorded = (id: string, plan_id: string, created_at: number) => ({
		...plan(plan_id, created_at, { kind: "recorded-decision" }),
		_id: `decision-${id}`,
	});
	const reader = await openReader(t, [
		recorded("1", "ran", 5),
		plan("ran", 1),
		recorded("2", "rejected", 1),
		recorded("3", "rejected", 2),
	]);
	assert.equal((await reader.readPlan("ran"))?.kind, "plan");
	const rejected = await reader.readPlan("rejected");
	assert.equal(rejected?.kind, "recorded-decision");
	assert.equal(rejected?.created_at, 2);
	assert.equal(await reader.readPlan("none"), undefined);
});

const ticket = (n: number, plan_id: string, status: string): DocumentWrite => ({
	collection: "execution_tickets",
	_id: `t${n}`,
	revision: "1",
	fields: {
		ticket_id: `t${n}`,
		plan_id,
		status,
		created_at: n > 8 ? 2 : 1,
		order: n > 8 ? 0 : 9 - n,
	},
});

test("planReader: tickets of a plan come in its order, page by page", async (t) => {
	const reader = await openReader(t, [
		plan("p", 1, { status: "RUNNING" }),
		...Array.from({ length: 10 }, (_, n) =>
			ticket(n, "p", n < 3 ? "FAILED" : "COMPLETED"),
		),
		ticket(99, "other", "FAILED"),
	]);
	const page = await reader.listTickets("p", { offset: 7, limit: 10 });
	assert.deepEqual([page?.total, page?.plan_status], [10, "RUNNING"]);
	assert.deepEqual(
		page?.tickets.map(({ ticket_id }) => ticket_id),
		["t1", "t0", "t9"],
	);
	const failed = await reader.listTickets("p", {
		status: "FAILED",
		newestFirst: true,
		offset: 0,
		limit: 2,
	});
	assert.equal(failed?.total, 3);
	assert.deepEqual(
		failed?.tickets.map(({ ticket_id }) => ticket_id),
		["t0", "t1"],
	);
});

test("planReader: a plan without tickets has none, an unknown one has no page", async (t) => {
	const reader = await openReader(t, [plan("p", 1, { status: "INVALID" })]);
	const range = { offset: 0, limit: 10 };
	assert.deepEqual(await reader.listTickets("p", range), {
		tickets: [],
		total: 0,
		plan_status: "INVALID",
	});
	assert.equal(await reader.listTickets("q", range), undefined);
});

test("planReader: a ticket is found by the id of any attempt", async (t) => {
	const reader = await openReader(t, [
		ticket(1, "p", "RUNNING"),
		{
			collection: "ticket_attempts",
			_id: "second-attempt",
			revision: "1",
			fields: { logical_ticket_id: "t1" },
		},
	]);
	assert.equal((await reader.readTicket("t1"))?.ticket_id, "t1");
	assert.equal((await reader.readTicket("second-attempt"))?.ticket_id, "t1");
	assert.equal(await reader.readTicket("unknown"), undefined);
});
