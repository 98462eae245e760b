import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandAnswer } from "../../../src/domain/plan-run.ts";
import { OrchestratorError } from "../../../src/errors.ts";
import {
	openHttp,
	planDocument,
	storeAway,
	temporalAway,
} from "../../support/http.ts";

const who = { actor: "ana", reason: "not needed any more" };
const came = { via: { kind: "rest" }, authenticated: false };
const url = (command: string) => `/api/v1/plans/p/${command}`;

const shown = {
	plan_id: "p",
	status: "PAUSED",
	command_id: "c-1",
	outcome: "nothing is published until it is resumed",
	details: {},
} as const;
const answer: CommandAnswer = { ...shown, command_hash: "a".repeat(64) };

for (const [name, extra] of [
	["cancel", { compensate: true }],
	["pause", {}],
	["resume", {}],
	["approve", { plan_hash: "a".repeat(64) }],
	["reject", {}],
	["rerun", { task_id: "t" }],
	["priority", { priority: "high" }],
] as const) {
	test(`POST /plans/:plan_id/${name}: asks the plan's run and gives its answer`, async (t) => {
		const asked: unknown[] = [];
		const { app } = await openHttp(t, {
			running: {
				command: async (...args) => {
					asked.push(...args);
					return answer;
				},
			},
		});
		const payload = { ...who, ...extra };
		const response = await app.inject({
			method: "POST",
			url: url(name),
			headers: { "idempotency-key": "k-1" },
			payload,
		});
		assert.equal(response.statusCode, 200);
		assert.deepEqual(asked, [
			"p",
			name,
			{ ...payload, ...came, idempotency_key: "k-1" },
		]);
		assert.deepEqual(response.json(), shown);
	});
}

test("plan commands: who asks and why are well-formed text", async (t) => {
	const asked: unknown[] = [];
	const { app } = await openHttp(t, {
		running: {
			command: async (_planId, _name, command) => {
				asked.push(command);
				return answer;
			},
		},
	});
	const payload = { actor: "a\ud83d", reason: "x\ude00" };
	const request = { method: "POST", url: url("pause"), payload } as const;
	assert.equal((await app.inject(request)).statusCode, 200);
	assert.deepEqual(asked, [{ actor: "a\ufffd", reason: "x\ufffd", ...came }]);
});

test("plan commands: a refusal is 409 with the run's reason and what is allowed, an unknown plan 404", async (t) => {
	const refusing = await openHttp(t, {
		running: {
			command: async () => {
				throw new OrchestratorError("COMMAND_REFUSED", "it is not paused", {
					allowed: ["pause", "cancel"],
				});
			},
		},
	});
	const request = { method: "POST", url: url("resume"), payload: who } as const;
	const refused = await refusing.app.inject(request);
	assert.equal(refused.statusCode, 409);
	assert.equal(refused.json().detail, "it is not paused");
	assert.deepEqual(refused.json().allowed, ["pause", "cancel"]);

	const { app } = await openHttp(t);
	assert.equal((await app.inject(request)).statusCode, 404);

	const away = await openHttp(t, { running: { command: temporalAway } });
	assert.equal((await away.app.inject(request)).statusCode, 503);
});

test("plan commands: of a plan that Temporal has forgotten nothing can be asked, 409 as long as it can be read", async (t) => {
	const request = { method: "POST", url: url("rerun") } as const;
	const payload = { ...who, task_id: "t" };
	const asked = [
		[
			planDocument({ status: "SUCCESS" }),
			/is SUCCESS, and its run is no longer kept/,
		],
		[planDocument({ kind: "recorded-decision" }), /never ran/],
	] as const;
	for (const [plan, detail] of asked) {
		const { app } = await openHttp(t, {
			stored: { readPlan: async () => plan },
		});
		const refused = await app.inject({ ...request, payload });
		assert.equal(refused.statusCode, 409);
		assert.equal(refused.json().code, "COMMAND_REFUSED");
		assert.deepEqual(refused.json().allowed, []);
		assert.match(refused.json().detail, detail);
	}
	const { app } = await openHttp(t, { stored: { readPlan: storeAway } });
	assert.equal((await app.inject({ ...request, payload })).statusCode, 503);
});

test("plan commands: a key that was used for another command is 422", async (t) => {
	const { app } = await openHttp(t, {
		running: {
			command: async () => {
				throw new OrchestratorError("IDEMPOTENCY_KEY_REUSED", "used before");
			},
		},
	});
	const response = await app.inject({
		method: "POST",
		url: url("pause"),
		headers: { "idempotency-key": "k-1" },
		payload: who,
	});
	assert.equal(response.statusCode, 422);
	assert.equal(response.json().code, "IDEMPOTENCY_KEY_REUSED");
});

test("plan commands: every fault of a body is named in one answer", async (t) => {
	const { app } = await openHttp(t);
	const response = await app.inject({
		method: "POST",
		url: url("pause"),
		payload: { actor: "", compensate: true },
	});
	assert.equal(response.statusCode, 422);
	const paths = response
		.json()
		.problems.map(({ path }: { path: string }) => path)
		.sort();
	assert.deepEqual(paths, [
		"$.body.actor",
		"$.body.compensate",
		"$.body.reason",
	]);
});

test("plan commands: somebody must ask, and the key must be one", async (t) => {
	const { app } = await openHttp(t);
	const nobody = await app.inject({
		method: "POST",
		url: url("pause"),
		payload: { reason: "why not" },
	});
	assert.equal(nobody.statusCode, 422);
	assert.match(nobody.json().detail, /actor/);
	const odd = await app.inject({
		method: "POST",
		url: url("pause"),
		headers: { "idempotency-key": "a key with spaces" },
		payload: who,
	});
	assert.equal(odd.statusCode, 400);
	assert.equal(odd.json().path, "$.headers.idempotency-key");
	const kept = await app.inject({
		method: "POST",
		url: url("pause"),
		headers: { "idempotency-key": "approval-answer-0123" },
		payload: who,
	});
	assert.equal(kept.statusCode, 400);
	assert.match(kept.json().detail, /kept for answers on Kafka/);
});
