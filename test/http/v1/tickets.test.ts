import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { ticketSchema } from "../../../src/http/v1/plan-schemas.ts";
import { openHttp, storeAway, ticketDocument } from "../../support/http.ts";

test("GET /tickets/:ticket_id: gives the logical ticket, as its schema says", async (t) => {
	const { app } = await openHttp(t, {
		stored: { readTicket: async () => ticketDocument({ attempt: 2 }) },
	});
	const response = await app.inject("/api/v1/tickets/second-attempt");
	const ticket = response.json();
	assert.ok(Value.Check(ticketSchema, ticket));
	assert.deepEqual(
		[ticket.ticket_id, ticket.status, ticket.cached, ticket.read_source],
		["t", "RUNNING", false, "mongodb"],
	);
});

test("GET /tickets/:ticket_id: takes a UUID in whatever letters", async (t) => {
	const asked: string[] = [];
	const { app } = await openHttp(t, {
		stored: {
			readTicket: async (id) => {
				asked.push(id);
				return ticketDocument();
			},
		},
	});
	const id = "7D7BD8C6-9F0E-5D4C-8F3E-0123456789AB";
	await app.inject(`/api/v1/tickets/${id}`);
	assert.deepEqual(asked, [id.toLowerCase()]);
});

test("GET /tickets/:ticket_id: mongodb away, its plan's workflow answers for any attempt", async (t) => {
	const { app } = await openHttp(t, {
		stored: { readTicket: storeAway },
		index: {
			resolve: async ([id = ""]) => new Map([[id, "p"]]),
		},
		running: {
			readTickets: async (plan, range) =>
				plan === "p" && range?.ids?.[0] === "t2" ? [ticketDocument()] : [],
		},
	});
	const response = await app.inject("/api/v1/tickets/t2");
	assert.equal(response.statusCode, 200);
	assert.equal(response.headers["x-read-source"], "workflow");
	assert.equal(response.json().read_source, "workflow");
});

test("GET /tickets/:ticket_id: unknown is 404, and 503 while only mongodb may know", async (t) => {
	const known = await openHttp(t);
	const absent = await known.app.inject("/api/v1/tickets/t");
	assert.equal(absent.statusCode, 404);
	assert.equal(absent.json().code, "TICKET_NOT_FOUND");
	const away = await openHttp(t, { stored: { readTicket: storeAway } });
	const unsure = await away.app.inject("/api/v1/tickets/t");
	assert.equal(unsure.statusCode, 503);
});

test("GET /tickets/by-plan/:plan_id: keeps the fields and habits of the earlier service", async (t) => {
	let seen: unknown;
	const { app } = await openHttp(t, {
		stored: {
			listTickets: async (_plan, query) => {
				seen = query;
				const tickets = [ticketDocument()];
				return { tickets, total: 3, plan_status: "RUNNING" };
			},
		},
	});
	const url = "/api/v1/tickets/by-plan/p";
	const response = await app.inject(`${url}?status=completed&limit=1`);
	assert.deepEqual(seen, {
		status: "COMPLETED",
		newestFirst: true,
		offset: 0,
		limit: 1,
	});
	const { tickets, ...page } = response.json();
	assert.equal(tickets.length, 1);
	assert.deepEqual(page, {
		total: 3,
		limit: 1,
		offset: 0,
		has_more: true,
		cached: false,
		read_source: "mongodb",
	});
	assert.equal((await app.inject(`${url}?status=lost`)).statusCode, 400);
	assert.equal((await app.inject(`${url}?limit=501`)).statusCode, 400);
	assert.equal((await app.inject(`${url}?status=rejected`)).statusCode, 200);
});

test("GET /tickets/by-plan/:plan_id: an unknown plan has no tickets", async (t) => {
	const { app } = await openHttp(t);
	const response = await app.inject("/api/v1/tickets/by-plan/none");
	assert.equal(response.statusCode, 200);
	assert.deepEqual(response.json().tickets, []);
});

test("GET /tickets/by-plan/:plan_id: mongodb away, the workflow filters, in as many parts as its answers need", async (t) => {
	const found = ["t6", "t4", "t2", "t0"].map((ticket_id) =>
		ticketDocument({ ticket_id, status: "COMPLETED" }),
	);
	const asked: object[] = [];
	const { app } = await openHttp(t, {
		stored: { listTickets: storeAway },
		running: {
			async readTicketPage(_plan, query) {
				asked.push(query);
				const tickets = found.slice(query.offset).slice(0, 1);
				return { tickets, total: found.length };
			},
		},
	});
	const url = "/api/v1/tickets/by-plan/p?status=COMPLETED&limit=2&offset=1";
	const { tickets, total } = (await app.inject(url)).json();
	assert.equal(total, 4);
	assert.deepEqual(
		tickets.map(({ ticket_id }: { ticket_id: string }) => ticket_id),
		["t4", "t2"],
	);
	const every = { status: "COMPLETED", newestFirst: true };
	assert.deepEqual(asked, [
		{ ...every, offset: 1, limit: 2 },
		{ ...every, offset: 2, limit: 1 },
	]);
	const beyond = "/api/v1/tickets/by-plan/p?limit=2&offset=9";
	assert.deepEqual((await app.inject(beyond)).json().tickets, []);
});
