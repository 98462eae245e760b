import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { createToken } from "../../src/http/access/token-record.ts";
import { fileWith, NOWHERE, verdictOf } from "../support/configured.ts";

const record = (expires_at: string | null) =>
	JSON.stringify(
		createToken({ name: "ci", role: "operator", expires_at }).record,
	);

test("doctor: the file of tokens: read, with tokens that are good", async (t) => {
	const look = (text: string) =>
		verdictOf(
			{ AUTH_MODE: "token", API_TOKENS_FILE: fileWith(t, text) },
			"tokens",
		);
	const expired = record("2001-01-01T00:00:00Z");
	assert.equal(
		await look(`${record(null)}\n${expired}`),
		"ok: 1 of 2 tokens are good",
	);
	assert.match(await look(expired), /^warning: 0 of 1 .*: make one with/);
	assert.match(
		await look("x"),
		/^failed: .* is not a file of tokens: line 1 .*: correct the file/,
	);
});

async function provider(t: TestContext, status: number, body: unknown) {
	const server = createServer((_request, response) => {
		response.writeHead(status, { "content-type": "application/json" });
		response.end(JSON.stringify(body));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => server.close());
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("doctor: the identity provider: there, and with keys", async (t) => {
	const look = (address: string) =>
		verdictOf(
			{
				AUTH_MODE: "jwt",
				AUTH_JWT_JWKS_URL: `http://${address}/jwks.json`,
				AUTH_JWT_ISSUER: "i",
				AUTH_JWT_AUDIENCE: "a",
			},
			"identity provider",
		);
	const good = await provider(t, 200, { keys: [{ kty: "EC" }] });
	assert.equal(await look(good), "ok: it shows 1 keys");
	const empty = await provider(t, 200, { keys: [] });
	assert.match(await look(empty), /^failed: it shows no key/);
	for (const bad of [
		await provider(t, 404, { keys: [{}] }),
		await provider(t, 200, { name: "a page" }),
		NOWHERE,
	])
		assert.match(await look(bad), /^failed: .*AUTH_JWT_JWKS_URL/);
});
