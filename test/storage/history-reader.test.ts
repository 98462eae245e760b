import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { createHistoryReader } from "../../src/storage/history-reader.ts";
import { planDocument, ticketDocument } from "../support/http.ts";
import { openMongo } from "../support/stores.ts";

const { revision, ...plan } = planDocument({ tickets_generated: 2 });
const ticket = (ticket_id: string, order: number, dependencies: string[]) => {
	const { revision, ...fields } = ticketDocument({ ticket_id, order });
	return {
		collection: "execution_tickets",
		_id: ticket_id,
		revision,
		fields: { ...fields, task_id: `task-${ticket_id}`, dependencies },
	} satisfies DocumentWrite;
};
const attempt = (ticket_id: string, published_at: number): DocumentWrite => ({
	collection: "ticket_attempts",
	_id: ticket_id,
	revision: "1",
	fields: {
		...{ ticket_id, plan_id: "p", logical_ticket_id: "t1", task_id: "a" },
		...{ attempt: 1, published_at, finished_at: null, outcome: null },
		...{ agent_id: null, error_message: null },
	},
});

async function openReader(t: Parameters<typeof openMongo>[0]) {
	const { mongo } = await openMongo(t);
	await createDocumentStore(mongo).write([
		{ collection: "workflows", _id: plan.workflow_id, revision, fields: plan },
		ticket("t2", 1, ["t1"]),
		ticket("t1", 0, []),
		attempt("t1-2", 20),
		attempt("t1", 10),
	]);
	return createHistoryReader(mongo);
}

test("historyReader: the graph of a plan, in its order", async (t) => {
	const reader = await openReader(t);
	const graph = await reader.readGraph("p");
	assert.deepEqual([graph?.status, graph?.tickets_generated], ["RUNNING", 2]);
	assert.deepEqual(
		graph?.tickets.map(({ ticket_id, dependencies }) => [
			ticket_id,
			dependencies,
		]),
		[
			["t1", []],
			["t2", ["t1"]],
		],
	);
	assert.equal(await reader.readGraph("q"), undefined);
});

test("historyReader: the plan, its tickets and every publication in one answer", async (t) => {
	const reader = await openReader(t);
	const history = await reader.readHistory("p");
	assert.equal(history?.plan.plan_id, "p");
	assert.deepEqual(
		history?.tickets.map(({ ticket_id }) => ticket_id),
		["t1", "t2"],
	);
	assert.deepEqual(
		history?.attempts.map(({ published_at }) => published_at),
		[10, 20],
	);
	assert.equal(await reader.readHistory("q"), undefined);
});
