import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { createHttpServer } from "../../src/http/server.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { openHttp, planDocument } from "../support/http.ts";
import { silentLog } from "../support/stores.ts";

test("http: an unknown path is 404, another method 405 with what is allowed", async (t) => {
	const { app } = await openHttp(t);
	const absent = await app.inject("/api/v2/plans");
	assert.equal(absent.statusCode, 404);
	assert.equal(absent.json().code, "REQUEST_INVALID");
	const wrong = await app.inject({
		method: "DELETE",
		url: "/api/v1/plans/p",
		headers: { "content-type": "application/json" },
		payload: "{broken",
	});
	assert.equal(wrong.statusCode, 405);
	assert.equal(wrong.headers.allow, "GET, HEAD");
	assert.equal(wrong.json().status, 405);
	const plans = await app.inject({ method: "PUT", url: "/api/v1/plans" });
	assert.equal(plans.headers.allow, "GET, HEAD, POST");
});

test("http: a request keeps its id, or gets one", async (t) => {
	const { app } = await openHttp(t);
	const given = await app.inject({
		url: "/api/v1/plans/p",
		headers: { "x-request-id": "abc-1" },
	});
	assert.equal(given.headers["x-request-id"], "abc-1");
	assert.equal(given.json().request_id, "abc-1");
	const odd = await app.inject({
		url: "/live",
		headers: { "x-request-id": "<script>" },
	});
	assert.match(String(odd.headers["x-request-id"]), /^[0-9a-f-]{36}$/);
});

test("http: a fault of ours is 500 and shows nothing of itself", async (t) => {
	const logged: object[] = [];
	const app = await createHttpServer({
		service: { name: "s", version: "1" },
		checks: [],
		access: { mode: "none" },
		metrics: createMetrics(),
		log: { ...silentLog, error: (fields) => void logged.push(fields) },
	});
	t.after(async () => await app.close());
	app.get("/broken", { config: { role: "public" } }, async () => {
		throw new TypeError("secret is undefined");
	});
	const response = await app.inject("/broken");
	assert.equal(response.statusCode, 500);
	assert.equal(response.json().code, "INTERNAL_ERROR");
	assert.doesNotMatch(response.body, /secret/);
	assert.equal(logged.length, 1);
});

test("http: without the role api only health and metrics are served", async (t) => {
	const app = await createHttpServer({
		service: { name: "s", version: "1" },
		checks: [],
		access: { mode: "none" },
		metrics: createMetrics(),
		log: silentLog,
	});
	t.after(async () => await app.close());
	assert.equal((await app.inject("/live")).statusCode, 200);
	assert.equal((await app.inject("/api/v1/plans")).statusCode, 404);
});

test("http: over a real socket, and what is no HTTP is answered too", async (t) => {
	const { app } = await openHttp(t, {
		stored: { readPlan: async (plan_id) => planDocument({ plan_id }) },
	});
	const address = await app.listen({ host: "127.0.0.1", port: 0 });
	const response = await fetch(`${address}/api/v1/plans/caf%C3%A9`);
	assert.equal(
		((await response.json()) as { plan_id: string }).plan_id,
		"café",
	);

	const { port } = new URL(address);
	for (const bytes of [
		"\u0000\u0001\u0002\r\n\r\n",
		"GET / HTTP/9.9\r\n\r\n",
	]) {
		const socket = connect(Number(port), "127.0.0.1");
		socket.end(bytes);
		let answer = "";
		socket.on("data", (chunk) => {
			answer += chunk.toString();
		});
		await once(socket, "close");
		assert.match(answer, /^HTTP\/1\.1 (400|505)/);
	}
	assert.equal((await fetch(`${address}/live`)).status, 200);
});

test("http: a body must have the types it says; a query is text and may stand for numbers", async (t) => {
	const { app } = await openHttp(t);
	const wrong = await app.inject({
		method: "POST",
		url: "/api/v1/plans/p/cancel",
		payload: { actor: "ana", reason: false, compensate: "true" },
	});
	assert.equal(wrong.statusCode, 422);
	assert.deepEqual(
		wrong.json().problems.map(({ path }: { path: string }) => path),
		["$.body.reason", "$.body.compensate"],
	);
	const list = await app.inject("/api/v1/plans?limit=5");
	assert.equal(list.statusCode, 200);
});
