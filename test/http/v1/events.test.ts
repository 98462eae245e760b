import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import type { PlanChange } from "../../../src/domain/change.ts";
import type { EventRoutesDeps } from "../../../src/http/v1/events.ts";
import type { ChangeSource } from "../../../src/plans/change-ports.ts";
import {
	openChanges,
	redisAddress,
	ticketChange,
} from "../../support/changes.ts";
import { readStream } from "../../support/event-reader.ts";
import { eventually } from "../../support/eventually.ts";
import { openHttp } from "../../support/http.ts";
import { metricValue } from "../../support/stores.ts";
import { openTcpProxy } from "../../support/tcp-proxy.ts";

/** An instance of the API on a real socket. */
async function openApi(
	t: TestContext,
	source: ChangeSource,
	events: Partial<EventRoutesDeps> = {},
) {
	const { app, metrics } = await openHttp(t, { events: { source, ...events } });
	const address = await app.listen({ port: 0, host: "127.0.0.1" });
	return { app, metrics, url: `${address}/api/v1/events` };
}

const many = (count: number, from = 0) =>
	Array.from({ length: count }, (_, n) => ticketChange(from + n));
const namesOf = (count: number, from = 0) =>
	many(count, from).map((change) => "ticket_id" in change && change.ticket_id);

test("GET /events: tells what changes from now on, with an id from the first moment", async (t) => {
	const { changes, feed } = openChanges(t);
	await changes.append(many(3));
	const { url } = await openApi(t, feed);
	const reader = await readStream(t, url);
	await eventually(() => reader.events.length > 0);
	const [ready] = reader.events;
	assert.equal(ready?.event, "ready");
	assert.match(ready?.id ?? "", /^\d+-\d+$/);
	await changes.append(many(2, 3));
	await reader.until(2);
	assert.deepEqual(reader.names(), ["t3", "t4"]);
	assert.deepEqual(JSON.parse(reader.events[1]?.data ?? ""), ticketChange(3));
});

test("GET /events: filters by plan and kind", async (t) => {
	const { changes, feed } = openChanges(t);
	const { url } = await openApi(t, feed);
	const ofPlan = await readStream(t, `${url}?plan_id=q&kinds=ticket`);
	const plans = await readStream(t, `${url}?kinds=plan`);
	const plan: PlanChange = {
		kind: "plan",
		plan_id: "q",
		status: "RUNNING",
		stage: "x",
		current_step: null,
		tickets_generated: 1,
		tickets_completed: 0,
		tickets_failed: 0,
		revision: "1",
		at: 1,
	};
	await eventually(() => ofPlan.events.length + plans.events.length === 2);
	await changes.append([...many(5), plan, ticketChange(9, "q")]);
	await Promise.all([ofPlan.until(1), plans.until(1)]);
	assert.deepEqual(ofPlan.names(), ["t9"]);
	assert.deepEqual(plans.names(), ["q"]);
});

test("GET /events: goes on from any event without gap or doubling, on either of two instances", async (t) => {
	const first = openChanges(t);
	const second = openChanges(t, { key: first.key });
	const urls = [
		(await openApi(t, first.feed)).url,
		(await openApi(t, second.feed)).url,
	] as const;
	const reader = await readStream(t, urls[0]);
	await eventually(() => reader.events.length > 0);
	// Entries of 50 and of one.
	await first.changes.append(many(120));
	for (let n = 120; n < 130; n += 1) await second.changes.append(many(1, n));
	await reader.until(130);
	assert.deepEqual(reader.names(), namesOf(130));
	for (const at of [0, 1, 30, 51, 100, 121, 129, 130]) {
		const resumed = await readStream(
			t,
			urls[at % 2] as string,
			reader.events[at]?.id,
		);
		await resumed.until(130 - at);
		assert.deepEqual(resumed.names(), namesOf(130 - at, at), `after ${at}`);
		resumed.close();
	}
});

test("GET /events: who comes back while much happens misses nothing", async (t) => {
	const { changes, feed } = openChanges(t);
	const { url } = await openApi(t, feed);
	let reader = await readStream(t, url);
	await eventually(() => reader.events.length > 0);
	const seen: string[] = [];
	let from = reader.lastId();
	const writing = (async () => {
		for (let n = 0; n < 300; n += 3) await changes.append(many(3, n));
	})();
	while (seen.length < 300) {
		reader.close();
		reader = await readStream(t, url, from);
		await reader.until(Math.min(40, 300 - seen.length));
		reader.close();
		await reader.ended;
		seen.push(...reader.names());
		from = reader.lastId();
	}
	await writing;
	assert.deepEqual(seen, namesOf(300));
});

test("GET /events: who was away for too long is told to load anew, and goes on from now", async (t) => {
	const { changes, feed, redis, key } = openChanges(t);
	await changes.append(many(2));
	const { url } = await openApi(t, feed);
	const before = await readStream(t, url, "0-0");
	await before.until(2);
	const lastId = before.lastId();
	await changes.append(many(1, 2));
	await changes.append(many(1, 3));
	await redis.run("trim", (client) => client.xtrim(key, "MAXLEN", 1));
	const late = await readStream(t, url, lastId);
	await eventually(() => late.events.some(({ event }) => event === "reset"));
	await changes.append(many(1, 4));
	await late.until(1);
	assert.deepEqual(late.names(), ["t4"]);
	// Ids of a Redis that had other data.
	const other = await readStream(t, url, "99999999999999-0");
	await eventually(() => other.events.some(({ event }) => event === "reset"));
	await changes.append(many(1, 5));
	await other.until(1);
	assert.deepEqual(other.names(), ["t5"]);
});

test("GET /events: a reader that takes nothing is dropped, and the others go on", async (t) => {
	const { changes, feed } = openChanges(t);
	// On a busy machine the good reader takes its time as well.
	const outlet = { bufferBytes: 65_536, patienceMs: 3_000 };
	const { url, metrics } = await openApi(t, feed, { outlet });
	const { hostname, port } = new URL(url);
	const slow = connect(Number(port), hostname);
	t.after(() => slow.destroy());
	slow.on("error", () => undefined);
	await once(slow, "connect");
	slow.write(`GET /api/v1/events HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
	await once(slow, "data");
	slow.pause();
	const good = await readStream(t, url);
	await eventually(() => good.events.length > 0);
	const name = "orchestration_event_readers_ended_total";
	// More than the sockets of both sides hold.
	let count = 0;
	await eventually(async () => {
		await changes.append(many(2_000, count));
		count += 2_000;
		return (await metricValue(metrics, name, { reason: "slow" })) === 1;
	}, 60_000);
	await good.until(count);
	assert.deepEqual(good.names(), namesOf(count));
	assert.equal(await metricValue(metrics, "orchestration_event_readers"), 1);
});

test("GET /events: with Redis away readers are told, and come again to the same place", async (t) => {
	const proxy = await openTcpProxy(t, redisAddress());
	const near = openChanges(t, { node: proxy.address });
	const far = openChanges(t, { key: near.key });
	const { url, metrics } = await openApi(t, near.feed);
	const reader = await readStream(t, url);
	await eventually(() => reader.events.length > 0);
	await proxy.cut();
	await reader.ended;
	assert.equal(reader.events.at(-1)?.event, "unavailable");
	const meanwhile = await readStream(t, url, reader.lastId());
	await meanwhile.ended;
	assert.equal(meanwhile.events.at(-1)?.event, "unavailable");
	await far.changes.append(many(1));
	await proxy.restore();
	await eventually(async () => {
		const again = await readStream(t, url, reader.lastId());
		await Promise.race([again.until(1), again.ended]);
		return again.names()[0] === "t0";
	});
	const name = "orchestration_event_readers_ended_total";
	assert.ok((await metricValue(metrics, name, { reason: "away" })) >= 1);
});

test("GET /events: too many readers are refused, and a place is free when one goes", async (t) => {
	const { feed } = openChanges(t);
	const { app, url } = await openApi(t, feed, { maxReaders: 2 });
	const one = await readStream(t, url);
	await readStream(t, url);
	const refused = await app.inject("/api/v1/events");
	assert.equal(refused.statusCode, 503);
	assert.equal(refused.json().code, "TOO_MANY_READERS");
	one.close();
	await eventually(() => readStream(t, url));
});

test("GET /events: heartbeats move the place on", async (t) => {
	const { changes, feed } = openChanges(t);
	const { url } = await openApi(t, feed, { heartbeatMs: 20 });
	const leaving = new AbortController();
	t.after(() => leaving.abort());
	const { signal } = leaving;
	const response = await fetch(`${url}?plan_id=another`, { signal });
	await changes.append(many(1));
	const { newest } = await feed.bounds();
	const decoder = new TextDecoder();
	let text = "";
	for await (const chunk of response.body as ReadableStream<Uint8Array>) {
		text += decoder.decode(chunk, { stream: true });
		if (text.includes(`: heartbeat\nid: ${newest}\n\n`)) break;
	}
	assert.match(text, /^retry: 2000\n\n/);
	assert.equal(
		response.headers.get("content-type"),
		"text/event-stream; charset=utf-8",
	);
	assert.equal(response.headers.get("cache-control"), "no-store");
});

test("GET /events: a stream has an end", async (t) => {
	const { feed } = openChanges(t);
	const { url } = await openApi(t, feed, { lifetimeMs: 50 });
	const reader = await readStream(t, url);
	await reader.ended;
	assert.equal(reader.events[0]?.event, "ready");
});

test("GET /events: a server that closes ends its streams", async (t) => {
	const { feed } = openChanges(t);
	const { app, url } = await openApi(t, feed);
	const reader = await readStream(t, url);
	await eventually(() => reader.events.length > 0);
	await app.close();
	await reader.ended;
});

test("GET /events: what is no request for events is refused", async (t) => {
	const { app } = await openHttp(t);
	for (const query of ["kinds=", "kinds=plan,other", "x=1"]) {
		const answer = await app.inject(`/api/v1/events?${query}`);
		assert.equal(answer.statusCode, 400, query);
	}
	const odd = await app.inject({
		url: "/api/v1/events",
		headers: { "last-event-id": "7" },
	});
	assert.equal(odd.statusCode, 400);
	const head = await app.inject({ method: "HEAD", url: "/api/v1/events" });
	assert.equal(head.statusCode, 405);
});
