import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import type { CommandRecord } from "../../../src/domain/documents.ts";
import {
	planSchema,
	ticketInListSchema,
} from "../../../src/http/v1/plan-schemas.ts";
import {
	openHttp,
	planDocument,
	storeAway,
	temporalAway,
	ticketDocument,
} from "../../support/http.ts";
import { metricValue } from "../../support/stores.ts";

test("GET /plans/:plan_id: answers from mongodb, as its schema says", async (t) => {
	const { app } = await openHttp(t, {
		stored: { readPlan: async (plan_id) => planDocument({ plan_id }) },
		running: { readPlan: temporalAway },
	});
	const response = await app.inject("/api/v1/plans/p");
	assert.equal(response.statusCode, 200);
	assert.equal(response.headers["x-read-source"], "mongodb");
	const plan = response.json();
	assert.ok(Value.Check(planSchema, plan));
	assert.equal(plan.intent_id, "intenção");
	assert.equal(plan.read_source, "mongodb");
});

for (const planId of ["a/b c", "plano-açaí-漢字", "100%?#&", "é".repeat(200)]) {
	test(`GET /plans/:plan_id: the id ${planId.slice(0, 20)} works`, async (t) => {
		const { app } = await openHttp(t, {
			stored: { readPlan: async (plan_id) => planDocument({ plan_id }) },
		});
		const url = `/api/v1/plans/${encodeURIComponent(planId)}`;
		const response = await app.inject(url);
		assert.equal(response.json().plan_id, planId);
	});
}

test("GET /plans/:plan_id: mongodb away, the workflow answers and says so", async (t) => {
	const { app, metrics } = await openHttp(t, {
		stored: { readPlan: storeAway },
		running: { readPlan: async (plan_id) => planDocument({ plan_id }) },
	});
	const response = await app.inject("/api/v1/plans/p");
	assert.equal(response.statusCode, 200);
	assert.equal(response.headers["x-read-source"], "workflow");
	assert.equal(response.json().read_source, "workflow");
	const labels = { read: "plan", reason: "away" };
	const name = "orchestration_read_fallbacks_total";
	assert.equal(await metricValue(metrics, name, labels), 1);
});

test("GET /plans/:plan_id: not in mongodb yet, the workflow is asked before 404", async (t) => {
	const { app } = await openHttp(t, {
		running: {
			readPlan: async (plan_id) =>
				plan_id === "new" ? planDocument({ plan_id }) : undefined,
		},
	});
	assert.equal((await app.inject("/api/v1/plans/new")).statusCode, 200);
	const absent = await app.inject("/api/v1/plans/absent");
	assert.equal(absent.statusCode, 404);
	assert.equal(absent.json().code, "PLAN_NOT_FOUND");
});

test("GET /plans/:plan_id: when nobody can say, it is not said that there is none", async (t) => {
	const away = await openHttp(t, { stored: { readPlan: storeAway } });
	const unknown = await away.app.inject("/api/v1/plans/p");
	assert.equal(unknown.statusCode, 503);
	assert.equal(unknown.json().code, "STORE_UNAVAILABLE");
	assert.match(unknown.json().hint, /GET \/health/);
	assert.ok(unknown.headers["retry-after"]);

	const both = await openHttp(t, {
		stored: { readPlan: storeAway },
		running: { readPlan: temporalAway },
	});
	assert.equal((await both.app.inject("/api/v1/plans/p")).statusCode, 503);

	const noTemporal = await openHttp(t, { running: { readPlan: temporalAway } });
	const response = await noTemporal.app.inject("/api/v1/plans/p");
	assert.equal(response.statusCode, 503);
	assert.equal(response.json().code, "TEMPORAL_UNAVAILABLE");
});

test("GET /plans/:plan_id/tickets: pages, as its schema says", async (t) => {
	const { app } = await openHttp(t, {
		stored: {
			listTickets: async (_plan, { offset, limit }) => ({
				tickets: [ticketDocument({ ticket_id: `${offset}/${limit}` })],
				total: 7,
				plan_status: "RUNNING",
			}),
		},
	});
	const url = "/api/v1/plans/p/tickets";
	const page = (await app.inject(`${url}?offset=3&limit=2`)).json();
	assert.equal(page.tickets[0].ticket_id, "3/2");
	assert.ok(Value.Check(ticketInListSchema, page.tickets[0]));
	assert.equal(page.has_more, true);
	const last = (await app.inject(`${url}?offset=6`)).json();
	assert.equal(last.has_more, false);
});

test("GET /plans/:plan_id/tickets: an ended plan without tickets has none; of an open one the workflow knows", async (t) => {
	let asked = 0;
	const parts = (status: "INVALID" | "RUNNING") => ({
		stored: {
			listTickets: async () => ({
				tickets: [],
				total: 0,
				plan_status: status,
			}),
		},
		running: {
			readTicketPage: async (_plan: string, { offset }: { offset: number }) => {
				asked += 1;
				return { tickets: offset === 0 ? [ticketDocument()] : [], total: 1 };
			},
		},
	});
	const url = "/api/v1/plans/p/tickets";
	const ended = await openHttp(t, parts("INVALID"));
	const none = (await ended.app.inject(url)).json();
	assert.deepEqual([none.total, none.read_source, asked], [0, "mongodb", 0]);

	const open = await openHttp(t, parts("RUNNING"));
	const some = (await open.app.inject(url)).json();
	assert.deepEqual([some.total, some.read_source], [1, "workflow"]);

	const { app } = await openHttp(t);
	assert.equal((await app.inject(url)).statusCode, 404);
});

test("GET /plans/:plan_id/why: from the workflow, and for a plan it forgot from its status", async (t) => {
	const { app } = await openHttp(t, {
		stored: {
			readPlan: async (plan_id) =>
				plan_id === "old"
					? planDocument({ plan_id, status: "SUCCESS" })
					: undefined,
		},
		running: {
			readWhy: async (plan_id) =>
				plan_id === "p"
					? {
							plan_id,
							status: "AWAITING_APPROVAL",
							summary: "it waits for a person",
							waits: [],
							total: 1,
						}
					: undefined,
		},
	});
	const open = await app.inject("/api/v1/plans/p/why");
	assert.equal(open.json().status, "AWAITING_APPROVAL");
	assert.equal(open.json().read_source, "workflow");
	const old = await app.inject("/api/v1/plans/old/why");
	assert.match(old.json().summary, /waits for nothing/);
	assert.equal(old.headers["x-read-source"], "mongodb");
	assert.equal((await app.inject("/api/v1/plans/none/why")).statusCode, 404);
});

test("GET /plans/:plan_id/tickets: narrowed by status, in any case", async (t) => {
	const seen: unknown[] = [];
	const { app } = await openHttp(t, {
		stored: {
			listTickets: async (_plan, query) => {
				seen.push(query);
				return { tickets: [], total: 0, plan_status: "RUNNING" };
			},
		},
	});
	const url = "/api/v1/plans/p/tickets";
	const none = await app.inject(`${url}?status=failed`);
	assert.equal(none.json().total, 0);
	assert.deepEqual(seen, [{ status: "FAILED", offset: 0, limit: 100 }]);
	const refused = await app.inject(`${url}?status=lost`);
	assert.equal(refused.statusCode, 400);
});

test("GET /plans/:plan_id/commands: what was asked, by whom and why", async (t) => {
	const asked: CommandRecord = {
		id: "c-1",
		command: "pause",
		actor: "ana",
		reason: "maintenance",
		at: 5,
		idempotency_key: null,
		command_hash: "a".repeat(64),
		status: "PAUSED" as const,
		outcome: "nothing is published until it is resumed",
		details: {},
	};
	const { app } = await openHttp(t, {
		stored: {
			readPlan: async (plan_id) =>
				plan_id === "p"
					? planDocument({ plan_id, status: "PAUSED", commands: [asked] })
					: undefined,
		},
	});
	const response = await app.inject("/api/v1/plans/p/commands");
	assert.deepEqual(response.json(), {
		plan_id: "p",
		status: "PAUSED",
		commands: [asked],
		read_source: "mongodb",
	});
	const absent = await app.inject("/api/v1/plans/q/commands");
	assert.equal(absent.statusCode, 404);
});

test("GET /plans/:plan_id/why: temporal away, an ended plan waits for nothing and an open one is not guessed at", async (t) => {
	const { app } = await openHttp(t, {
		stored: {
			readPlan: async (plan_id) =>
				planDocument({
					plan_id,
					status: plan_id === "ended" ? "FAILED" : "RUNNING",
				}),
		},
		running: { readWhy: temporalAway },
	});
	const ended = await app.inject("/api/v1/plans/ended/why");
	assert.match(ended.json().summary, /waits for nothing: it is FAILED/);
	const open = await app.inject("/api/v1/plans/open/why");
	assert.equal(open.statusCode, 503);
	assert.equal(open.json().code, "TEMPORAL_UNAVAILABLE");
});
