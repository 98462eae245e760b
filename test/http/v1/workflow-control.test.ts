import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanCommand } from "../../../src/domain/plan-run.ts";
import { OrchestratorError } from "../../../src/errors.ts";
import type { ReportOutcome } from "../../../src/plans/workflow-ports.ts";
import {
	type ApiParts,
	openHttp,
	planDocument,
	temporalAway,
	ticketDocument,
} from "../../support/http.ts";
import { someAllocation } from "../../support/predictions.ts";
import { tokenCredentials } from "../access/credentials.ts";

const came = { via: { kind: "rest" }, authenticated: false };
const url = "/api/v1/workflows/orch-p";
const facts = {
	workflow_id: "orch-p",
	status: "RUNNING",
	start_time: "2026-01-01T00:00:00.000Z",
	close_time: null,
	execution_time: null,
	workflow_type: "orchestratePlan",
	task_queue: "q",
	result_summary: null,
};
const closed = { status: "COMPLETED", close_time: "2026-01-01T00:00:01.000Z" };

/** Keeps what plans were told. */
function keepTold() {
	const commands: { planId: string; name: string; command: PlanCommand }[] = [];
	const reports: [value: object, planId?: string][] = [];
	const parts: ApiParts = {
		running: {
			command: async (planId, name, command) => {
				commands.push({ planId, name, command });
				return {
					...{ plan_id: planId, status: "CANCELLED", command_id: "c" },
					...{ outcome: "done", details: {}, command_hash: "h" },
				};
			},
		},
		results: {
			report: async (value, { planId } = {}) => {
				reports.push(planId === undefined ? [value] : [value, planId]);
				return { kind: "delivered", planId: planId ?? "p" };
			},
		},
	};
	return { parts, commands, reports };
}

test("GET /workflows/:workflow_id/status: what the earlier service's client reads", async (t) => {
	let told = { ...facts };
	let plan = planDocument();
	const { app } = await openHttp(t, {
		workflows: {
			describe: async (id) => (id === "orch-p" ? told : undefined),
		},
		stored: { readPlan: async () => plan },
	});
	const open = (await app.inject(`${url}/status`)).json();
	assert.deepEqual(open, {
		workflow_id: "orch-p",
		status: "RUNNING",
		started_at: facts.start_time,
		completed_at: null,
		result: null,
		error: null,
		plan_id: "p",
		plan_status: "RUNNING",
		stage: "executing",
	});
	told = { ...facts, ...closed } as never;
	plan = planDocument({ status: "FAILED", error_message: "it broke" });
	const ended = (await app.inject(`${url}/status`)).json();
	assert.equal(ended.completed_at, closed.close_time);
	assert.equal(ended.error, "it broke");
	assert.deepEqual(ended.result, {
		...{ status: "FAILED", tickets_generated: 1 },
		...{ tickets_completed: 0, tickets_failed: 0 },
	});
	const absent = await app.inject("/api/v1/workflows/orch-q/status");
	assert.equal(absent.statusCode, 404);
	assert.match(absent.json().detail, /not found/);
	const away = await openHttp(t, { workflows: { describe: temporalAway } });
	assert.equal((await away.app.inject(`${url}/status`)).statusCode, 503);
});

test("POST /workflows/:workflow_id/cancel: is the plan's cancel, also without a body", async (t) => {
	const { parts, commands } = keepTold();
	const { app } = await openHttp(t, parts);
	const ask = (payload?: object) =>
		app.inject({
			method: "POST",
			url: `${url}/cancel`,
			...(payload && { payload }),
		});
	const bare = await ask();
	assert.equal(bare.statusCode, 200, bare.body);
	assert.equal(bare.json().workflow_id, "orch-p");
	assert.equal(bare.json().status, "CANCELLED");
	await ask({ actor: "ana", reason: "enough", compensate: true });
	assert.deepEqual(
		commands.map(({ planId, name, command }) => [planId, name, command]),
		[
			[
				"p",
				"cancel",
				{
					actor: "a client at 127.0.0.1",
					reason: "cancelled by its workflow's id",
					...came,
				},
			],
			[
				"p",
				"cancel",
				{ actor: "ana", reason: "enough", compensate: true, ...came },
			],
		],
	);
	assert.equal((await ask({ reason: 7 })).statusCode, 422);
	const other = await app.inject({
		method: "POST",
		url: "/api/v1/workflows/decision-d/cancel",
	});
	assert.equal(other.statusCode, 404);
});

test("POST /workflows/:workflow_id/cancel: what the plan's state forbids is refused", async (t) => {
	const { app } = await openHttp(t, {
		running: {
			command: async () => {
				throw new OrchestratorError("COMMAND_REFUSED", "it has ended", {
					allowed: ["rerun"],
				});
			},
		},
	});
	for (const path of ["cancel", "signal"]) {
		const payload = path === "signal" ? { signal_name: "cancel_workflow" } : {};
		const refused = await app.inject({
			...{ method: "POST", url: `${url}/${path}`, payload },
		});
		assert.equal(refused.statusCode, 409, path);
		assert.deepEqual(refused.json().allowed, ["rerun"]);
	}
});

test("POST /workflows/:workflow_id/signal: tells a plan of a ticket, or cancels it", async (t) => {
	const { parts, commands, reports } = keepTold();
	const { app } = await openHttp(t, parts);
	const ask = (payload: object) =>
		app.inject({ method: "POST", url: `${url}/signal`, payload });
	const told = await ask({
		signal_name: "ticket_completed",
		data: { ticket_id: "t", result: { output: { a: "b" } } },
	});
	assert.equal(told.statusCode, 200, told.body);
	assert.deepEqual(told.json(), {
		...{ workflow_id: "orch-p", signal_name: "ticket_completed" },
		status: "accepted",
	});
	await ask({
		signal_name: "ticket_completed",
		data: { ticket_id: "t", result: { status: "FAILED", ticket_id: "u" } },
	});
	assert.deepEqual(reports, [
		[{ status: "COMPLETED", output: { a: "b" }, ticket_id: "t" }, "p"],
		[{ status: "FAILED", ticket_id: "t" }, "p"],
	]);
	const key = { "idempotency-key": "k-1" };
	await app.inject({
		...{ method: "POST", url: `${url}/signal`, headers: key },
		payload: {
			signal_name: "cancel_workflow",
			data: { reason: "enough", priority: 7 },
		},
	});
	assert.deepEqual(commands[0]?.command, {
		...{ actor: "a client at 127.0.0.1", reason: "enough" },
		...came,
		idempotency_key: "k-1",
	});
	for (const wrong of [
		{},
		{ signal_name: "decision_rejected" },
		{ signal_name: "cancel_workflow", data: { reason: "" } },
		{ signal_name: "ticket_completed", data: { ticket_id: 7 } },
	])
		assert.equal((await ask(wrong)).statusCode, 422, JSON.stringify(wrong));
	assert.equal(commands.length, 1);
});

test("POST /workflows/:workflow_id/cancel and /signal: who asks is who the credentials name", async (t) => {
	const { parts, commands } = keepTold();
	const { access, make } = await tokenCredentials(t);
	const { app } = await openHttp(t, parts, [], { access });
	const authorization = `Bearer ${await make({ role: "operator" })}`;
	await app.inject({
		...{ method: "POST", url: `${url}/cancel`, headers: { authorization } },
		payload: { actor: "somebody else" },
	});
	assert.equal(commands[0]?.command.actor, "operator");
});

const patch = (status: string, more: object = {}) => ({
	method: "PATCH" as const,
	url: "/api/v1/tickets/t/status",
	payload: { status, ...more },
});

test("PATCH /tickets/:ticket_id/status: hands the report on, and answers with the ticket as its plan knows it", async (t) => {
	const { parts, reports } = keepTold();
	const { app } = await openHttp(t, {
		...parts,
		running: {
			readTickets: async (planId, { ids } = {}) =>
				planId === "p" && ids?.[0] === "t"
					? [
							ticketDocument({
								status: "COMPLETED",
								allocation_metadata: someAllocation,
							}),
						]
					: undefined,
		},
	});
	// As the worker in the field sends it.
	const nulls = { error_message: null, actual_duration_ms: null };
	const metadata = { processing_started_at: 7 };
	const answer = await app.inject(patch("RUNNING", { ...nulls, metadata }));
	assert.equal(answer.statusCode, 200, answer.body);
	const { ticket_id, status, read_source, predictions } = answer.json();
	assert.equal(predictions.source, "estimate");
	assert.deepEqual(
		[ticket_id, status, read_source],
		["t", "COMPLETED", "workflow"],
	);
	assert.deepEqual(reports, [
		[{ status: "RUNNING", ...nulls, metadata, ticket_id: "t" }],
	]);
	for (const wrong of [{ status: 7 }, {}, { status: "RUNNING", agent_id: 7 }])
		assert.equal(
			(await app.inject({ ...patch(""), payload: wrong })).statusCode,
			422,
		);
});

test("PATCH /tickets/:ticket_id/status: PENDING has no effect; without a run the stored ticket is shown", async (t) => {
	const { parts, reports } = keepTold();
	const { app } = await openHttp(t, {
		...parts,
		stored: { readTicket: async () => ticketDocument({ status: "RUNNING" }) },
	});
	assert.equal((await app.inject(patch("pending"))).statusCode, 200);
	assert.equal(reports.length, 0);
	const stored = await app.inject(patch("COMPLETED"));
	assert.equal(stored.json().status, "RUNNING");
	assert.equal(stored.json().read_source, "mongodb");
});

test("PATCH /tickets/:ticket_id/status: what is not taken is told apart", async (t) => {
	const problem = { path: "$.status", code: "STATUS_UNKNOWN", message: "odd" };
	const outcomes: [ReportOutcome, number, string, RegExp][] = [
		[{ kind: "unknown" }, 404, "TICKET_NOT_FOUND", /ticket t not found/],
		[
			{ kind: "late", reason: "plan p had ended" },
			...([409, "COMMAND_REFUSED"] as const),
			/plan p had ended/,
		],
		[
			{ kind: "invalid", problems: [problem] },
			...([422, "REQUEST_INVALID"] as const),
			/odd/,
		],
	];
	for (const [outcome, status, code, detail] of outcomes) {
		const { app } = await openHttp(t, {
			results: { report: async () => outcome },
		});
		const refused = await app.inject(patch("COMPLETED"));
		assert.equal(refused.statusCode, status);
		assert.equal(refused.json().code, code);
		assert.match(refused.json().detail, detail);
		if (outcome.kind === "invalid")
			assert.equal(refused.json().path, "$.body.status");
	}
	const { app } = await openHttp(t, { results: { report: temporalAway } });
	assert.equal((await app.inject(patch("COMPLETED"))).statusCode, 503);
});
