import assert from "node:assert/strict";
import { test } from "node:test";
import type { BulkCancel, Stop } from "../../src/domain/stop-order.ts";
import { openHttp } from "../support/http.ts";

const by = { actor: "ada", reason: "freeze" };

test("POST /stops: intake has no value, a domain needs one", async (t) => {
	const pressed: Stop[] = [];
	const { app } = await openHttp(t, {
		stops: {
			press: async (stop) => {
				pressed.push(stop);
				return stop;
			},
		},
	});
	const post = (payload: object) =>
		app.inject({ method: "POST", url: "/api/v1/stops", payload });
	assert.equal((await post({ scope: "intake", ...by })).statusCode, 200);
	assert.equal(
		(await post({ scope: "domain", value: "INFRA", ...by })).json().value,
		"INFRA",
	);
	for (const wrong of [
		{ scope: "intake", value: "x", ...by },
		{ scope: "tenant", ...by },
		{ scope: "world", ...by },
		{ scope: "intake", actor: "ada" },
	])
		assert.equal((await post(wrong)).statusCode, 422);
	assert.equal(pressed.length, 2);
});

test("POST /stops/:stop_id/release: no such stop holds", async (t) => {
	const { app } = await openHttp(t);
	const url = "/api/v1/stops/s-1/release";
	const response = await app.inject({ method: "POST", url, payload: by });
	assert.equal(response.statusCode, 404);
	assert.equal(response.json().code, "STOP_NOT_FOUND");
});

test("POST /bulk-cancels: an empty filter is refused, a preview keeps nothing", async (t) => {
	const kept: BulkCancel[] = [];
	const { app } = await openHttp(t, {
		stops: {
			preview: async () => ({ count: 3, plan_ids: ["a", "b", "c"] }),
			keepBulk: async (bulk) => void kept.push(bulk),
		},
	});
	const post = (url: string, payload: object) =>
		app.inject({ method: "POST", url: `/api/v1${url}`, payload });
	const filter = { domain: "INFRA" };
	const preview = await post("/bulk-cancels/preview", { filter });
	assert.equal(preview.json().count, 3);
	assert.equal(kept.length, 0);
	const none = await post("/bulk-cancels", { filter: {}, ...by });
	assert.equal(none.statusCode, 422);
	const done = await post("/bulk-cancels", { filter, ...by });
	assert.equal(done.statusCode, 202);
	assert.deepEqual(kept[0]?.filter, filter);
	assert.equal(kept[0]?.compensate, false);
});
