import assert from "node:assert/strict";
import { test } from "node:test";
import type { IntakeOutcome } from "../../../src/domain/intake-outcome.ts";
import type { PlanVerdict } from "../../../src/domain/plan-verdict.ts";
import { openHttp, temporalAway } from "../../support/http.ts";

const url = "/api/v1/plans";
const ids = { plan_id: "plano ü", decision_id: "d", workflow_id: "w" };

async function post(t: Parameters<typeof openHttp>[0], outcome: IntakeOutcome) {
	const { app } = await openHttp(t, {
		decisions: { accept: async () => outcome },
	});
	return await app.inject({ method: "POST", url, payload: { plan_id: "p" } });
}

for (const [kind, status] of [
	["started", 202],
	["recorded", 202],
	["duplicate", 200],
] as const) {
	test(`POST /plans: ${kind} is ${status}`, async (t) => {
		const response = await post(t, { kind, ...ids });
		assert.equal(response.statusCode, status);
		assert.equal(response.headers.location, "/api/v1/plans/plano%20%C3%BC");
		assert.deepEqual(response.json(), { outcome: kind, ...ids });
	});
}

for (const [code, status] of [
	["MESSAGE_INVALID", 422],
	["PLAN_TOO_LARGE", 422],
	["PLAN_ALREADY_OPEN", 409],
	["PLAN_ALREADY_RAN", 409],
] as const) {
	test(`POST /plans: ${code} is ${status} with every problem`, async (t) => {
		const problems = [
			{ path: "$.plan_id", code: "MISSING", message: "is missing" },
			{ path: "$.tasks", code: "MISSING", message: "is missing" },
		];
		const response = await post(t, {
			kind: "refused",
			code,
			reason: "it cannot be taken",
			hint: "rerun",
			problems,
		});
		assert.equal(response.statusCode, status);
		assert.match(
			String(response.headers["content-type"]),
			/^application\/problem\+json/,
		);
		const { request_id, ...problem } = response.json();
		assert.equal(request_id, response.headers["x-request-id"]);
		assert.deepEqual(problem, {
			type: "about:blank",
			title: status === 409 ? "Conflict" : "Unprocessable Entity",
			status,
			detail: "it cannot be taken",
			code,
			path: "$.plan_id",
			hint: "rerun",
			problems,
		});
	});
}

test("POST /plans: Temporal away is 503 and says when to try again", async (t) => {
	const { app } = await openHttp(t, { decisions: { accept: temporalAway } });
	const response = await app.inject({ method: "POST", url, payload: {} });
	assert.equal(response.statusCode, 503);
	assert.equal(response.json().code, "TEMPORAL_UNAVAILABLE");
	assert.equal(response.headers["retry-after"], "5");
});

test("POST /plans: what is not JSON is refused before intake sees it", async (t) => {
	let accepted = 0;
	const { app } = await openHttp(t, {
		decisions: {
			accept: async () => {
				accepted += 1;
				return { kind: "started", ...ids };
			},
		},
	});
	const json = { "content-type": "application/json" };
	const cases = [
		{ headers: json, payload: "{not json", status: 400 },
		{ headers: json, payload: "", status: 400 },
		{ headers: {}, status: 422 },
		{ headers: { "content-type": "text/plain" }, payload: "x", status: 415 },
		{ headers: json, payload: `"${"x".repeat(5_000_000)}"`, status: 413 },
	];
	for (const { status, ...request } of cases) {
		const response = await app.inject({ method: "POST", url, ...request });
		assert.equal(response.statusCode, status);
		assert.equal(response.json().code, "REQUEST_INVALID");
	}
	assert.equal(accepted, 0);
});

const verdict: PlanVerdict = {
	plan_id: "plano ü",
	status: "INVALID",
	valid: false,
	problems: [{ path: "$.tasks", code: "CYCLE", message: "it has a cycle" }],
	warnings: [],
	plan_hash: "h",
	tickets: 0,
};

for (const [kind, said, status] of [
	["started", verdict, 200],
	["duplicate", verdict, 200],
	["started", undefined, 202],
	["duplicate", undefined, 202],
	["recorded", verdict, 202],
] as const) {
	const answer = said === undefined ? "no verdict in time" : "a verdict";
	test(`POST /plans?wait=validated: ${kind}, ${answer}: ${status}`, async (t) => {
		const { app } = await openHttp(t, {
			decisions: { accept: async () => ({ kind, ...ids }) },
			running: { awaitVerdict: async () => said },
		});
		const waiting = `${url}?wait=validated`;
		const response = await app.inject({
			method: "POST",
			url: waiting,
			payload: {},
		});
		assert.equal(response.statusCode, status);
		assert.deepEqual(response.json(), {
			outcome: kind,
			...ids,
			verdict: status === 200 ? verdict : null,
		});
	});
}

test("POST /plans: waits for nothing else", async (t) => {
	const { app } = await openHttp(t);
	const response = await app.inject({
		method: "POST",
		url: `${url}?wait=executed`,
		payload: {},
	});
	assert.equal(response.statusCode, 400);
	assert.equal(response.json().path, "$.querystring.wait");
});
