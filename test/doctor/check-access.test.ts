import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { inspect } from "node:util";
import { explainConfig } from "../../src/config.ts";
import { createJwtAuthenticator } from "../../src/http/access/jwt-authenticator.ts";
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

test("doctor: the file of tokens: one that others may write is warned of", async (t) => {
	const file = fileWith(t, record(null));
	const look = () =>
		verdictOf({ AUTH_MODE: "token", API_TOKENS_FILE: file }, "tokens file");
	for (const mode of [0o600, 0o640, 0o644]) {
		chmodSync(file, mode);
		assert.match(await look(), /^ok: 06/);
	}
	for (const mode of [0o666, 0o620, 0o602]) {
		chmodSync(file, mode);
		assert.match(await look(), /^warning: .* mode 06.*: .*chmod go-w/);
	}
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

test("doctor: the identity provider: user, password and key in its address are used, and never shown", async (t) => {
	const seen: (string | undefined)[] = [];
	const server = createServer((request, response) => {
		const { authorization } = request.headers;
		seen.push(`${request.url} ${authorization}`);
		const isKnown = authorization !== undefined;
		response.writeHead(isKnown ? 200 : 401).end('{"keys":[{}]}');
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => server.close());
	const { port } = server.address() as AddressInfo;
	const look = (host: string) => {
		const env = {
			AUTH_MODE: "jwt",
			AUTH_JWT_JWKS_URL: `http://me:hid%21den@${host}/jwks?key=hidden`,
			...{ AUTH_JWT_ISSUER: "i", AUTH_JWT_AUDIENCE: "a" },
		};
		const { settings } = explainConfig(env);
		const shown = settings.find(({ name }) => name === "AUTH_JWT_JWKS_URL");
		assert.equal(shown?.value, `http://***@${host}/jwks?key=***`);
		return verdictOf(env, "identity provider");
	};
	assert.equal(await look(`127.0.0.1:${port}`), "ok: it shows 1 keys");
	const basic = Buffer.from("me:hid!den").toString("base64");
	assert.deepEqual(seen, [`/jwks?key=hidden Basic ${basic}`]);
	const away = await look(NOWHERE);
	assert.match(away, /^failed: .*AUTH_JWT_JWKS_URL/);
	assert.doesNotMatch(away, /hid/);
	const keys = createJwtAuthenticator({
		jwksUrl: `http://me:hidden@${NOWHERE}/jwks?key=hidden`,
		...{ issuer: "i", audience: "a", rolesClaim: "r", nameClaim: "n" },
	});
	const part = (value: object) =>
		Buffer.from(JSON.stringify(value)).toString("base64url");
	const token = `${part({ alg: "RS256", kid: "k" })}.${part({})}.${part({})}`;
	const refused = await keys(token).catch((error: unknown) => error);
	assert.doesNotMatch(inspect(refused, { depth: 9 }), /hid/);
});
