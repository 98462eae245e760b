import assert from "node:assert/strict";
import { test } from "node:test";
import { isOwnHost } from "../../../src/http/access/own-host.ts";
import { openHttp } from "../../support/http.ts";
import { metricValue } from "../../support/stores.ts";
import { tokenCredentials } from "./credentials.ts";

const own = [
	...["127.0.0.1", "127.0.0.1:8080", "127.1.2.3:1", "[::1]", "[::1]:8080"],
	...["localhost", "localhost:8080", "LOCALHOST:80"],
];
const foreign = [
	...["evil.example", "evil.example:8080", "127.0.0.1.evil.example:8080"],
	...["localhost.evil.example", "10.0.0.1:8080", "[::2]:80", "0.0.0.0:8080"],
	...["evil.example:127.0.0.1", "127.evil.example", "[::1].evil.example"],
];

test("isOwnHost: names of the loopback, with any port, and no others", () => {
	for (const host of own) assert.ok(isOwnHost(host), host);
	for (const host of foreign) assert.ok(!isOwnHost(host), host);
	assert.ok(isOwnHost(undefined));
});

test("access: none: a request for another host is refused, whatever it asks for; probes are answered", async (t) => {
	const { app, metrics } = await openHttp(t);
	const ask = (host: string, url = "/api/v1/plans") =>
		app.inject({ url, headers: { host } });
	for (const host of own) assert.equal((await ask(host)).statusCode, 200, host);
	for (const host of foreign) {
		const refused = await ask(host);
		assert.equal(refused.statusCode, 403, host);
		assert.equal(refused.json().code, "FORBIDDEN");
		assert.match(refused.json().hint, /AUTH_MODE=token/);
	}
	const name = "orchestration_http_refusals_total";
	const reason = { reason: "foreign_host" };
	assert.equal(await metricValue(metrics, name, reason), foreign.length);
	const open = app.listedRoutes.filter(
		({ method, role }) => method === "GET" && role === "public",
	);
	const answered: string[] = [];
	for (const { url } of open) {
		const { statusCode } = await ask("evil.example", url);
		assert.notEqual((await ask("localhost", url)).statusCode, 403, url);
		if (statusCode !== 403 && statusCode !== 405) answered.push(url);
	}
	assert.deepEqual(answered.sort(), ["/live", "/ready"]);
});

test("access: none: a forced one takes any host, and so does one that asks for credentials", async (t) => {
	const headers = { host: "orchestrator.example" };
	const url = "/api/v1/plans";
	const access = { mode: "none", anyHost: true } as const;
	const forced = await openHttp(t, {}, [], { access });
	assert.equal((await forced.app.inject({ url, headers })).statusCode, 200);
	const credentials = await tokenCredentials(t);
	const { app } = await openHttp(t, {}, [], { access: credentials.access });
	const token = await credentials.make({ role: "viewer" });
	const authorization = `Bearer ${token}`;
	const answer = await app.inject({
		url,
		headers: { ...headers, authorization },
	});
	assert.equal(answer.statusCode, 200);
});
