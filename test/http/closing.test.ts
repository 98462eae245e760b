import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { createHttpServer } from "../../src/http/server.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { eventually } from "../support/eventually.ts";
import { openHttp, refusalsOf } from "../support/http.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };

test("server: a request under way at the close is answered, and its connection not kept", async (t) => {
	const asked = Promise.withResolvers<void>();
	const answer = Promise.withResolvers<void>();
	const check = async () => {
		asked.resolve();
		await answer.promise;
	};
	const server = await createHttpServer({
		service: { name: "test", version: "0" },
		access: { mode: "none" },
		metrics: createMetrics(),
		log,
		checks: [{ name: "slow", required: true, check }],
	});
	const address = await server.listen({ host: "127.0.0.1", port: 0 });
	const agent = new http.Agent({ keepAlive: true });
	t.after(() => agent.destroy());
	const response = new Promise<http.IncomingMessage>((resolve, reject) => {
		http.get(`${address}/health`, { agent }, resolve).on("error", reject);
	});
	await asked.promise;
	const closed = server.close();
	await eventually(() => !server.server.listening);
	answer.resolve();
	const { headers, statusCode } = (await response).resume();
	assert.equal(statusCode, 200);
	assert.equal(headers.connection, "close");
	await closed;
});

test("server: what still comes while the server closes is refused with 503", async (t) => {
	const { app, metrics } = await openHttp(t);
	const others = Promise.withResolvers<void>();
	// Another part that takes its time: the address still takes connections.
	app.addHook("preClose", async () => await others.promise);
	const address = await app.listen({ host: "127.0.0.1", port: 0 });
	assert.equal((await fetch(`${address}/live`)).status, 200);
	const closed = app.close();
	let late = await fetch(`${address}/live`);
	await eventually(async () => {
		late = await fetch(`${address}/live`);
		return late.status === 503;
	});
	assert.equal(late.headers.get("connection"), "close");
	assert.ok(late.headers.get("retry-after"));
	const problem = (await late.json()) as { code: string };
	assert.equal(problem.code, "SERVICE_STOPPING");
	assert.deepEqual(Object.keys(await refusalsOf(metrics)), ["stopping"]);
	others.resolve();
	await closed;
	await assert.rejects(fetch(`${address}/live`));
});
