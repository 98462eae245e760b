import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp, storeAway, ticketDocument } from "../support/http.ts";

const ticket = ticketDocument({
	parameters: { db_password: "hidden", login: '{"pin":"hidden"}', url: "seen" },
	metadata: { sensitive: "pin" },
});
const page = { tickets: [ticket], total: 1 };
const known = {
	stored: {
		readTicket: async () => ticket,
		listTickets: async () => ({ ...page, plan_status: "RUNNING" as const }),
	},
	running: {
		readTickets: async () => [ticket],
		readTicketPage: async (_plan: string, { offset }: { offset: number }) =>
			offset === 0 ? page : { tickets: [], total: 1 },
	},
	workflows: { query: async () => ({ result: [ticket] }) },
	results: {
		report: async () => ({ kind: "delivered" as const, planId: "p" }),
	},
	index: {
		resolve: async ([id = ""]: readonly string[]) => new Map([[id, "p"]]),
	},
};
const mongoAway = {
	...known,
	stored: { readTicket: storeAway, listTickets: storeAway },
};
const query = (query_name: string) => ({
	method: "POST" as const,
	url: "/api/v1/workflows/orch-p/query",
	payload: { query_name },
});

/** Every operation that answers with tickets. */
const doors = [
	{ method: "GET" as const, url: "/api/v1/tickets/t" },
	{ method: "GET" as const, url: "/api/v1/tickets/by-plan/p" },
	{ method: "GET" as const, url: "/api/v1/plans/p/tickets" },
	{
		method: "PATCH" as const,
		url: "/api/v1/tickets/t/status",
		payload: { status: "COMPLETED" },
	},
	query("get_tickets"),
	query("tickets"),
];

for (const [where, sources] of Object.entries({
	MongoDB: known,
	"the workflows": mongoAway,
}))
	test(`sensitive parameters: no door of REST shows them, with tickets from ${where}`, async (t) => {
		const { app } = await openHttp(t, sources);
		for (const door of doors) {
			const { statusCode, body } = await app.inject(door);
			const name = `${door.method} ${door.url}`;
			assert.equal(statusCode, 200, `${name}: ${body}`);
			assert.doesNotMatch(body, /hidden/, name);
			assert.match(body, /"db_password":"\*\*\*"/, name);
			assert.match(body, /"url":"seen"/, name);
		}
	});
