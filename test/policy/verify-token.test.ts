import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { createVerifyToken } from "../../src/policy/verify-token.ts";

async function serveKeys(t: TestContext, paddedBytes = 0) {
	const { publicKey, privateKey } = await generateKeyPair("ES256");
	const keys = [{ ...(await exportJWK(publicKey)), kid: "k-1", alg: "ES256" }];
	const server = createServer((_, reply) =>
		reply.end(JSON.stringify({ keys, padding: "x".repeat(paddedBytes) })),
	);
	server.listen(0, "127.0.0.1");
	t.after(() => server.close());
	await new Promise((resolve) => server.once("listening", resolve));
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}/keys`, privateKey };
}

const sign = async (key: Parameters<SignJWT["sign"]>[0]) =>
	await new SignJWT({ tenant_id: "gold" })
		.setProtectedHeader({ alg: "ES256", kid: "k-1" })
		.setExpirationTime("-1h")
		.sign(key);

test("verifyToken: a signature of a known key is verified, whatever the claims are worth", async (t) => {
	const { url, privateKey } = await serveKeys(t);
	const found = await createVerifyToken(url)(await sign(privateKey));
	assert.equal(found.status, "verified");
	assert.equal(found.claims?.tenant_id, "gold");
});

test("verifyToken: no token, no token at all, another key, no keys", async (t) => {
	const { url } = await serveKeys(t);
	const verify = createVerifyToken(url);
	assert.deepEqual(await verify(undefined), { status: "absent", claims: null });
	assert.deepEqual(await verify("hello"), {
		status: "malformed",
		claims: null,
	});
	const other = await sign((await generateKeyPair("ES256")).privateKey);
	assert.equal((await verify(other)).status, "unverified");
	assert.equal((await createVerifyToken(null)(other)).status, "no_keys");
});

test("verifyToken: keys that cannot be fetched are no decision", async (t) => {
	const { url, privateKey } = await serveKeys(t, 2_000_000);
	const token = await sign(privateKey);
	for (const address of [url, "http://127.0.0.1:1/keys"])
		await assert.rejects(createVerifyToken(address)(token), {
			code: "POLICY_UNAVAILABLE",
		});
});
