import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { IntakeOutcome } from "../../../src/domain/intake-outcome.ts";
import type { Identity } from "../../../src/http/route-access.ts";
import { openHttp } from "../../support/http.ts";

const refusal: IntakeOutcome = {
	kind: "refused",
	code: "MESSAGE_INVALID",
	reason: "a test",
	hint: "",
	problems: [],
};

/** Tells what the API hands on of a request; with a name, its credentials have it. */
async function open(t: TestContext, name?: string) {
	const told: unknown[] = [];
	const identity: Identity = { name: name ?? "", roles: ["operator"] };
	const { app } = await openHttp(
		t,
		{
			decisions: {
				accept: async (_value, origin) => {
					told.push(origin);
					return refusal;
				},
			},
			running: {
				command: async (plan_id, _name, command) => {
					told.push(command);
					return {
						...{ plan_id, status: "RUNNING", command_id: "c" },
						...{ outcome: "o", details: {}, command_hash: "h" },
					};
				},
			},
		},
		[],
		name === undefined
			? {}
			: {
					access: {
						mode: "token",
						authenticate: async () => ({ kind: "known", identity }),
					},
				},
	);
	const post = async (
		path: string,
		payload: object,
		headers: Record<string, string> = {},
	) =>
		await app.inject({
			method: "POST",
			url: `/api/v1${path}`,
			headers: { authorization: "Bearer x", ...headers },
			payload,
		});
	return { told, post };
}

const why = { reason: "r" };
const start = { cognitive_plan: { plan_id: "p" }, correlation_id: "c" };

test("origins: a plan is from whose credentials hand it in, by any route", async (t) => {
	const { told, post } = await open(t, "ana");
	await post("/plans", {});
	await post("/workflows/start", start);
	await post("/plans", {}, { "user-agent": "orchestrator-cli" });
	const ana = { submitted_by: "ana", authenticated: true };
	assert.deepEqual(told, [
		{ ...ana, via: { kind: "rest" } },
		{ ...ana, via: { kind: "rest" } },
		{ ...ana, via: { kind: "cli" } },
	]);
});

test("origins: without credentials it is from an address", async (t) => {
	const { told, post } = await open(t);
	await post("/plans", {});
	const [origin] = told;
	assert.deepEqual(origin, {
		submitted_by: "a client at 127.0.0.1",
		via: { kind: "rest" },
		authenticated: false,
	});
});

test("origins: a command says how it came; what its body says of that is refused", async (t) => {
	const known = await open(t, "ana");
	await known.post("/plans/p/pause", why);
	const unknown = await open(t);
	const named = { ...why, actor: "ben" };
	const cli = { "user-agent": "orchestrator-cli" };
	await unknown.post("/plans/p/pause", named, cli);
	assert.deepEqual(
		[...known.told, ...unknown.told],
		[
			{ ...why, actor: "ana", via: { kind: "rest" }, authenticated: true },
			{ ...why, actor: "ben", via: { kind: "cli" }, authenticated: false },
		],
	);
	const forged = { ...named, authenticated: true };
	assert.equal((await unknown.post("/plans/p/pause", forged)).statusCode, 422);
});

test("origins: nobody acts by the service's name", async (t) => {
	const unknown = await open(t);
	const actor = "orchestrator\u200b-dynamic";
	for (const path of ["/plans/p/pause", "/workflows/orch-p/cancel"]) {
		const answer = await unknown.post(path, { ...why, actor });
		assert.equal(answer.statusCode, 422, path);
		assert.equal(answer.json().path, "$.body.actor");
	}
	const known = await open(t, "orchestrator-dynamic");
	for (const [path, body] of [
		["/plans/p/pause", why],
		["/plans", {}],
		["/workflows/start", start],
	] as const) {
		const answer = await known.post(path, body);
		assert.equal(answer.statusCode, 403, path);
		assert.match(answer.json().detail, /only the service itself/);
	}
	assert.deepEqual([...unknown.told, ...known.told], []);
});
