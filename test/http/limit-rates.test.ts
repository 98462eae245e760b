import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp, refusalsOf } from "../support/http.ts";
import { tokenCredentials } from "./access/credentials.ts";

const hour = 3_600_000;
const limited = (max: number) => ({
	rateLimit: { max, windowMs: hour },
});

test("rate limit: one caller too often is 429 and told when to come again", async (t) => {
	const { app, metrics } = await openHttp(t, {}, [], limited(2));
	const ask = (url: string) => app.inject({ url, remoteAddress: "10.0.0.1" });
	assert.equal((await ask("/api/v1/plans")).statusCode, 200);
	assert.equal((await ask("/nothing-here")).statusCode, 404);
	const refused = await ask("/api/v1/plans");
	assert.equal(refused.statusCode, 429);
	assert.equal(refused.json().code, "RATE_LIMITED");
	assert.equal(
		refused.headers["content-type"],
		"application/problem+json; charset=utf-8",
	);
	const retryAfterSeconds = Number(refused.headers["retry-after"]);
	assert.ok(retryAfterSeconds > 0 && retryAfterSeconds <= 3_600);
	assert.equal((await ask("/nothing-here")).statusCode, 429);
	for (const probe of ["/live", "/ready", "/health", "/metrics"]) {
		assert.equal((await ask(probe)).statusCode, 200, probe);
	}
	const other = await app.inject({
		url: "/api/v1/plans",
		remoteAddress: "10.0.0.2",
	});
	assert.equal(other.statusCode, 200);
	assert.deepEqual(Object.keys(await refusalsOf(metrics)), ["rate_limited"]);
});

test("rate limit: guesses at guarded metrics are counted", async (t) => {
	const { access, make, forge } = await tokenCredentials(t);
	const guards = { access, metricsRole: "viewer" as const, ...limited(3) };
	const { app } = await openHttp(t, {}, [], guards);
	const ask = async (token: string, remoteAddress: string) => {
		const headers = { authorization: `Bearer ${token}` };
		const url = "/metrics";
		return (await app.inject({ url, headers, remoteAddress })).statusCode;
	};
	const guesses = [];
	for (let guess = 0; guess < 4; guess += 1) {
		guesses.push(await ask(await forge(), "10.0.0.9"));
	}
	assert.deepEqual(guesses, [401, 401, 401, 429]);
	assert.equal(await ask(await make({ role: "viewer" }), "10.0.0.9"), 200);
});

test("rate limit: who is known is counted by name, guesses by address", async (t) => {
	const { access, make, forge } = await tokenCredentials(t);
	const { app } = await openHttp(t, {}, [], { access, ...limited(2) });
	const ask = async (token: string, remoteAddress: string) => {
		const headers = { authorization: `Bearer ${token}` };
		const url = "/api/v1/plans";
		return (await app.inject({ url, headers, remoteAddress })).statusCode;
	};
	const viewer = await make({ role: "viewer" });
	assert.equal(await ask(viewer, "10.0.0.1"), 200);
	assert.equal(await ask(viewer, "10.0.0.2"), 200);
	assert.equal(await ask(viewer, "10.0.0.3"), 429);
	assert.equal(await ask(await make({ role: "operator" }), "10.0.0.1"), 200);
	const guesses = [];
	for (let guess = 0; guess < 4; guess += 1) {
		guesses.push(await ask(await forge(), "10.0.0.9"));
	}
	assert.deepEqual(guesses, [401, 401, 429, 429]);
});

test("proxies: the address behind a trusted one counts, else the peer's", async (t) => {
	const statuses = async (trustedProxies: string[]) => {
		const { app } = await openHttp(t, {}, [], {
			...limited(1),
			trustedProxies,
		});
		const ask = (from: string) =>
			app.inject({
				url: "/api/v1/plans",
				remoteAddress: "10.0.0.1",
				headers: { "x-forwarded-for": from },
			});
		await ask("1.1.1.1");
		return (await ask("2.2.2.2")).statusCode;
	};
	assert.equal(await statuses(["10.0.0.0/8"]), 200);
	assert.equal(await statuses([]), 429);
});
