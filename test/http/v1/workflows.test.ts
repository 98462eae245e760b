import assert from "node:assert/strict";
import { test } from "node:test";
import { OrchestratorError } from "../../../src/errors.ts";
import { openHttp, temporalAway, ticketDocument } from "../../support/http.ts";
import { someAllocation } from "../../support/predictions.ts";

const facts = {
	workflow_id: "orch-p",
	status: "COMPLETED",
	start_time: "2026-01-01T00:00:00.000Z",
	close_time: "2026-01-01T00:00:01.000Z",
	execution_time: "2026-01-01T00:00:00.000Z",
	workflow_type: "orchestratePlan",
	task_queue: "q",
	result_summary: { status: "SUCCESS", tickets_generated: 3 },
};

test("GET /workflows/:workflow_id: the fields of the earlier service, or 404, or 503", async (t) => {
	const { app } = await openHttp(t, {
		workflows: {
			describe: async (id) => (id === "orch-p" ? facts : undefined),
		},
	});
	const found = await app.inject("/api/v1/workflows/orch-p");
	assert.deepEqual(found.json(), { ...facts, cached: false });
	const absent = await app.inject("/api/v1/workflows/orch-q");
	assert.equal(absent.statusCode, 404);
	const away = await openHttp(t, { workflows: { describe: temporalAway } });
	const unsure = await away.app.inject("/api/v1/workflows/orch-p");
	assert.equal(unsure.statusCode, 503);
});

const ask = (query_name: string, args?: unknown[]) => ({
	method: "POST" as const,
	url: "/api/v1/workflows/orch-p/query",
	payload: { query_name, ...(args && { args }) },
});

test("POST /workflows/:workflow_id/query: answers are objects, others stand in one", async (t) => {
	for (const [answer, result] of [
		[
			{ status: "x", n: 1 },
			{ status: "x", n: 1 },
		],
		["running", { status: "running" }],
		[[1, 2], { result: [1, 2] }],
		[7, { result: 7 }],
		[null, { result: null }],
	]) {
		const { app } = await openHttp(t, {
			workflows: { query: async () => ({ result: answer }) },
		});
		const response = await app.inject(ask("get_status"));
		assert.deepEqual(response.json(), {
			workflow_id: "orch-p",
			query_name: "get_status",
			result,
		});
	}
});

test("POST /workflows/:workflow_id/query: get_tickets waits with 202, and falls back on mongodb", async (t) => {
	const tickets = [ticketDocument()];
	const open = await openHttp(t, {
		workflows: { query: async () => ({ result: tickets }) },
	});
	const there = await open.app.inject(ask("get_tickets"));
	assert.equal(there.statusCode, 200);
	assert.deepEqual(there.json().result, { tickets, cached: false });

	const out = await openHttp(t, {
		workflows: {
			query: async () => ({
				result: [ticketDocument({ allocation_metadata: someAllocation })],
			}),
		},
	});
	const estimated = (await out.app.inject(ask("get_tickets"))).json();
	const [{ predictions }] = estimated.result.tickets;
	assert.equal(predictions.source, "estimate");

	const early = await openHttp(t, {
		workflows: { query: async () => ({ result: [] }) },
	});
	const processing = await early.app.inject(ask("get_tickets"));
	assert.equal(processing.statusCode, 202);
	assert.equal(processing.json().result.processing, true);

	const beyond = await early.app.inject(ask("get_tickets", [{ offset: 9 }]));
	assert.deepEqual(beyond.json().result, { tickets: [], cached: false });

	for (const query of [temporalAway, async () => undefined]) {
		const { app } = await openHttp(t, {
			workflows: { query },
			stored: {
				listTickets: async () => ({
					tickets,
					total: 1,
					plan_status: "SUCCESS",
				}),
			},
		});
		const stored = await app.inject(ask("get_tickets"));
		assert.equal(stored.statusCode, 200);
		const { fallback, source } = stored.json().result;
		assert.deepEqual([fallback, source], [true, "mongodb"]);
	}
	const { app } = await openHttp(t);
	assert.equal((await app.inject(ask("get_tickets"))).statusCode, 404);
});

test("POST /workflows/:workflow_id/query: no such question, refused arguments, nobody there", async (t) => {
	const { app } = await openHttp(t, {
		workflows: {
			query: async () => {
				throw new OrchestratorError("REQUEST_INVALID", "no such arguments");
			},
		},
	});
	const stack = await app.inject(ask("__stack_trace"));
	assert.equal(stack.statusCode, 422);
	assert.match(stack.json().detail, /get_tickets/);
	assert.equal((await app.inject(ask("tickets", [7]))).statusCode, 422);
	const large = await app.inject(ask("tickets", ["x".repeat(20_000)]));
	assert.match(large.json().detail, /\$\.body\.args has/);
	const away = await openHttp(t, { workflows: { query: temporalAway } });
	assert.equal((await away.app.inject(ask("get_status"))).statusCode, 503);
});

test("POST /workflows/start: an approved plan through the same code as Kafka", async (t) => {
	let seen: unknown;
	const { app } = await openHttp(t, {
		decisions: {
			accept: async (value) => {
				seen = value;
				return {
					kind: "started",
					plan_id: "p",
					decision_id: "c",
					workflow_id: "orch-p",
				};
			},
		},
	});
	const url = "/api/v1/workflows/start";
	const cognitive_plan = { plan_id: "p", created_at: 7, tasks: [] };
	const payload = { cognitive_plan, correlation_id: "c" };
	const response = await app.inject({ method: "POST", url, payload });
	assert.equal(response.statusCode, 200);
	assert.deepEqual(response.json(), {
		workflow_id: "orch-p",
		status: "started",
		correlation_id: "c",
	});
	assert.deepEqual(seen, {
		decision_id: "c",
		plan_id: "p",
		final_decision: "approve",
		correlation_id: "c",
		metadata: { requested_priority: "5" },
		cognitive_plan,
		created_at: 7,
		intent_id: undefined,
	});
	for (const broken of [
		{ cognitive_plan },
		{ correlation_id: "c" },
		{ ...payload, priority: 11 },
	]) {
		const refused = await app.inject({ method: "POST", url, payload: broken });
		assert.equal(refused.statusCode, 422);
	}
});
