import assert from "node:assert/strict";
import { test } from "node:test";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { createPlanReader } from "../../src/storage/plan-reader.ts";
import { eventually } from "../support/eventually.ts";
import { openHttp, planDocument, ticketDocument } from "../support/http.ts";
import { mongoUriVia, openMongoVia, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

test("reads: from mongodb, from the workflow while it is away, from mongodb again", async (t) => {
	const proxy = await openTcpProxy(
		t,
		new URL(serverAddress("MONGODB_URI")).host,
	);
	const { mongo } = openMongoVia(t, mongoUriVia(proxy.address));
	await mongo.indexed;
	const plan_id = "plano/ção";
	const { revision, ...plan } = planDocument({ plan_id });
	const { revision: _, ...ticket } = ticketDocument({ plan_id });
	await createDocumentStore(mongo).write([
		{ collection: "workflows", _id: plan.workflow_id, revision, fields: plan },
		{ collection: "execution_tickets", _id: "t", revision, fields: ticket },
		{
			collection: "ticket_attempts",
			_id: "t2",
			revision,
			fields: { logical_ticket_id: "t", plan_id },
		},
	]);
	const { app } = await openHttp(t, {
		stored: createPlanReader(mongo),
		running: {
			readPlan: async () => planDocument({ plan_id }),
			readTickets: async () => [ticketDocument({ plan_id })],
			readTicketPage: async (_plan, { offset }) => ({
				tickets: offset === 0 ? [ticketDocument({ plan_id })] : [],
				total: 1,
			}),
			listOpenPlans: async () => ({
				plans: [planDocument({ plan_id })],
				missing: [],
			}),
		},
		index: {
			resolve: async ([id = ""]) => new Map([[id, plan_id]]),
		},
	});
	const encoded = encodeURIComponent(plan_id);
	const urls = [
		"/api/v1/plans",
		`/api/v1/plans/${encoded}`,
		`/api/v1/plans/${encoded}/tickets`,
		`/api/v1/tickets/by-plan/${encoded}`,
		"/api/v1/tickets/t",
		"/api/v1/tickets/t2",
	];
	async function readAll(expected: string): Promise<Record<string, unknown>[]> {
		const answers = [];
		for (const url of urls) {
			const response = await app.inject(url);
			assert.equal(response.statusCode, 200, url);
			const { read_source, ...answer } = response.json();
			assert.equal(read_source, expected, url);
			answers.push(answer);
		}
		return answers;
	}
	const before = await readAll("mongodb");
	await proxy.cut();
	const away = await readAll("workflow");
	assert.deepEqual(away.slice(1), before.slice(1));
	await proxy.restore();
	await eventually(async () => {
		await mongo.ping();
		return true;
	});
	assert.deepEqual(await readAll("mongodb"), before);
});
