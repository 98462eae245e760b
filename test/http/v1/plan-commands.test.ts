import assert from "node:assert/strict";
import { test } from "node:test";
import { OrchestratorError } from "../../../src/errors.ts";
import { openHttp, temporalAway } from "../../support/http.ts";

const who = { actor: "ana", reason: "not needed any more" };
const url = (command: string) => `/api/v1/plans/p/${command}`;

for (const [name, extra] of [
	["cancel", { compensate: true }],
	["pause", {}],
	["resume", {}],
	["approve", { plan_hash: "a".repeat(64) }],
	["reject", {}],
] as const) {
	test(`POST /plans/:plan_id/${name}: asks the plan's run and gives its answer`, async (t) => {
		const asked: unknown[] = [];
		const { app } = await openHttp(t, {
			running: {
				command: async (...args) => {
					asked.push(...args);
					return { plan_id: "p", status: "PAUSED" };
				},
			},
		});
		const payload = { ...who, ...extra };
		const response = await app.inject({
			method: "POST",
			url: url(name),
			payload,
		});
		assert.equal(response.statusCode, 200);
		assert.deepEqual(asked, ["p", name, payload]);
		assert.deepEqual(response.json(), { plan_id: "p", status: "PAUSED" });
	});
}

test("plan commands: a refusal is 409 with the run's reason, an unknown plan 404", async (t) => {
	const refusing = await openHttp(t, {
		running: {
			command: async () => {
				throw new OrchestratorError("COMMAND_REFUSED", "it is not paused");
			},
		},
	});
	const request = { method: "POST", url: url("resume"), payload: who } as const;
	const refused = await refusing.app.inject(request);
	assert.equal(refused.statusCode, 409);
	assert.equal(refused.json().detail, "it is not paused");

	const { app } = await openHttp(t);
	assert.equal((await app.inject(request)).statusCode, 404);

	const away = await openHttp(t, { running: { command: temporalAway } });
	assert.equal((await away.app.inject(request)).statusCode, 503);
});

test("plan commands: every fault of a body is named in one answer", async (t) => {
	const { app } = await openHttp(t);
	const response = await app.inject({
		method: "POST",
		url: url("pause"),
		payload: { actor: "", compensate: true },
	});
	assert.equal(response.statusCode, 400);
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
