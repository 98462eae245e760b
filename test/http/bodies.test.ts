import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { openHttp } from "../support/http.ts";
import { metricValue } from "../support/stores.ts";

const MEGABYTE = 1_048_576;
const REFUSALS = "orchestration_http_refusals_total";
/** Its X-Forwarded-For is believed. */
const proxy = "127.0.0.1";

async function openServer(
	t: TestContext,
	bodies: { allMaxBytes?: number; patienceMs?: number },
	accept?: () => Promise<never>,
) {
	const { app, metrics } = await openHttp(
		t,
		accept === undefined ? {} : { decisions: { accept } },
		[],
		{ bodies, trustedProxies: [proxy] },
	);
	const { port } = new URL(await app.listen({ host: proxy, port: 0 }));
	return { port: Number(port), metrics, url: `http://${proxy}:${port}` };
}

/** A request whose body is sent by hand. */
async function begin(
	t: TestContext,
	port: number,
	{
		length,
		from = "10.0.0.1",
		path = "/api/v1/plans",
	}: { length: number; from?: string; path?: string },
) {
	const socket = connect(port, proxy);
	t.after(() => socket.destroy());
	let answer = "";
	socket.setEncoding("utf8").on("data", (text: string) => {
		answer += text;
	});
	socket.on("error", () => undefined);
	await once(socket, "connect");
	socket.write(
		`POST ${path} HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: ${from}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`,
	);
	return { socket, answer: () => answer };
}

async function send(socket: Socket, bytes: number): Promise<void> {
	if (!socket.write("[".padEnd(bytes))) await once(socket, "drain");
}

/** Posts until it is answered so. */
async function untilAnswered(url: string, status: number): Promise<void> {
	await eventually(async () => (await post(url)).status === status);
}

async function post(url: string, body = "[1, 2, 3]", from = "10.0.0.9") {
	return await fetch(`${url}/api/v1/plans`, {
		method: "POST",
		headers: { "content-type": "application/json", "x-forwarded-for": from },
		body,
	});
}

test("bodies: what has come of all of them is bounded, and free again when they break off", async (t) => {
	const { port, metrics, url } = await openServer(t, {
		allMaxBytes: 8 * MEGABYTE,
	});
	const held: Socket[] = [];
	for (const from of ["10.0.0.1", "10.0.0.2"]) {
		const { socket } = await begin(t, port, { from, length: 4 * MEGABYTE });
		await send(socket, 4 * MEGABYTE - 1);
		held.push(socket);
	}
	await untilAnswered(url, 503);
	const refused = await post(url);
	assert.equal(refused.headers.get("retry-after"), "5");
	const problem = (await refused.json()) as Record<string, string>;
	assert.equal(problem.code, "TOO_MANY_BODIES");
	assert.match(problem.detail ?? "", /8388608 bytes/);
	assert.match(problem.hint ?? "", /fewer large bodies/);
	// What has no body is served meanwhile.
	assert.equal((await fetch(`${url}/api/v1/plans`)).status, 200);
	const reason = "too_many_bodies";
	assert.ok((await metricValue(metrics, REFUSALS, { reason })) >= 2);
	for (const socket of held) socket.destroy();
	await untilAnswered(url, 422);
	// Everything is free, not only what the last one needs.
	const large = `"${"x".repeat(4 * MEGABYTE - 10)}"`;
	const both = [post(url, large, "10.0.0.3"), post(url, large, "10.0.0.4")];
	for (const { status } of await Promise.all(both)) assert.equal(status, 422);
});

test("bodies: one caller has half of it, and others the rest", async (t) => {
	const { port, url } = await openServer(t, { allMaxBytes: 8 * MEGABYTE });
	const { socket } = await begin(t, port, { length: 4 * MEGABYTE });
	await send(socket, 4 * MEGABYTE - 1);
	const own = async () => await post(url, "[1, 2, 3]", "10.0.0.1");
	await eventually(async () => (await own()).status === 429);
	const problem = (await (await own()).json()) as Record<string, string>;
	assert.equal(problem.code, "TOO_MANY_BODIES");
	assert.match(problem.detail ?? "", /your requests/);
	assert.equal((await post(url)).status, 422);
});

test("bodies: counted is what has come, not what was announced", async (t) => {
	const { port, url } = await openServer(t, { allMaxBytes: 8 * MEGABYTE });
	for (let n = 0; n < 20; n += 1)
		await begin(t, port, { from: `10.0.1.${n}`, length: 4 * MEGABYTE });
	assert.equal((await post(url)).status, 422);
});

test("bodies: they count until their requests are answered", async (t) => {
	const going = Promise.withResolvers<never>();
	const arrived = Promise.withResolvers<void>();
	const { url } = await openServer(t, { allMaxBytes: 8 * MEGABYTE }, () => {
		arrived.resolve();
		return going.promise;
	});
	const from = "10.0.0.1";
	const waiting = post(url, `"${"x".repeat(4 * MEGABYTE - 3)}"`, from);
	await arrived.promise;
	assert.equal((await post(url, "[1, 2, 3]", from)).status, 429);
	going.reject(new Error("a test"));
	assert.equal((await waiting).status, 500);
	await eventually(
		async () => (await post(url, "[1, 2, 3]", from)).status === 500,
	);
});

test("bodies: one that does not come to its end in time is answered with 408, and the connection ends", async (t) => {
	const { port, metrics } = await openServer(t, { patienceMs: 50 });
	const { socket, answer } = await begin(t, port, { length: 100 });
	await send(socket, 10);
	await once(socket, "close");
	assert.match(answer(), /^HTTP\/1\.1 408 /);
	assert.match(answer(), /connection: close/i);
	assert.match(answer(), /"code":"REQUEST_INVALID"/);
	assert.match(answer(), /did not come to its end within 0\.05 s/);
	const reason = "slow_body";
	assert.equal(await metricValue(metrics, REFUSALS, { reason }), 1);
});

test("bodies: one that is too large is answered while it is still being sent", async (t) => {
	const { port } = await openServer(t, {});
	const { socket, answer } = await begin(t, port, { length: 12 * MEGABYTE });
	for (let n = 0; n < 12; n += 1) await send(socket, MEGABYTE);
	await eventually(() => answer().includes("\r\n\r\n"));
	assert.match(answer(), /^HTTP\/1\.1 413 /);
});

test("bodies: of a path that is none nothing is kept", async (t) => {
	const { port, url } = await openServer(t, { allMaxBytes: 8 * MEGABYTE });
	for (const from of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) {
		const path = "/no/such";
		const length = 4 * MEGABYTE;
		const { socket, answer } = await begin(t, port, { from, path, length });
		await send(socket, length - 1);
		await eventually(() => answer().startsWith("HTTP/1.1 404 "));
	}
	assert.equal((await post(url)).status, 422);
});
