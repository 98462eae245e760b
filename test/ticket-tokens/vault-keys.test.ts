import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { hasCode } from "../../src/errors.ts";
import { verifyTicketToken } from "../../src/ticket-tokens/jwt-tokens.ts";
import type { KeyRing } from "../../src/ticket-tokens/key-ring.ts";
import { createVaultKeys } from "../../src/ticket-tokens/vault-keys.ts";

type Kind = "ed25519" | "ecdsa-p256" | "rsa-2048";

function makePair(kind: Kind) {
	if (kind === "ed25519") return generateKeyPairSync("ed25519");
	if (kind === "rsa-2048")
		return generateKeyPairSync("rsa", { modulusLength: 2048 });
	return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/** As Vault shows it: PEM, or of Ed25519 32 bytes as base64. */
function shown(key: KeyObject): string {
	if (key.asymmetricKeyType !== "ed25519")
		return String(key.export({ type: "spki", format: "pem" }));
	const { x = "" } = key.export({ format: "jwk" }) as { x?: string };
	return Buffer.from(x, "base64url").toString("base64");
}

/** The two calls of Vault's transit that we make, in the words of its REST API; a key has versions from 1. */
async function openTransit(t: TestContext, kind: Kind) {
	const folder = mkdtempSync(path.join(tmpdir(), "transit-"));
	const tokenPath = path.join(folder, "token");
	writeFileSync(tokenPath, "root\n");
	const versions = [makePair(kind)];
	const state = { away: false, oldest: 1, calls: [] as string[] };
	const server = createServer(async (request, reply) => {
		let text = "";
		for await (const part of request) text += part;
		state.calls.push(String(request.url));
		if (state.away) return void reply.writeHead(503).end("{}");
		if (request.headers["x-vault-token"] !== "root")
			return void reply.writeHead(403).end("{}");
		const data = text === "" ? showKeys() : signAll(JSON.parse(text));
		reply.end(JSON.stringify({ data }));
	});
	const showKeys = () => ({
		latest_version: versions.length,
		min_decryption_version: state.oldest,
		keys: Object.fromEntries(
			versions.map(({ publicKey }, at) => [
				at + 1,
				{ public_key: shown(publicKey) },
			]),
		),
	});
	const signAll = (body: {
		key_version: number;
		batch_input: { input: string }[];
		marshaling_algorithm?: string;
	}) => ({
		batch_results: body.batch_input.map(({ input }) => {
			const key = versions[body.key_version - 1]?.privateKey as KeyObject;
			const isJws = body.marshaling_algorithm === "jws";
			const signature = sign(
				kind === "ed25519" ? null : "sha256",
				Buffer.from(input, "base64"),
				{ key, dsaEncoding: isJws ? "ieee-p1363" : "der" },
			).toString(isJws ? "base64url" : "base64");
			return { signature: `vault:v${body.key_version}:${signature}` };
		}),
	});
	await new Promise<void>((listening) =>
		server.listen(0, "127.0.0.1", listening),
	);
	t.after(() => {
		server.close();
		rmSync(folder, { recursive: true });
	});
	const { port } = server.address() as AddressInfo;
	const url = `http://127.0.0.1:${port}`;
	const settings = { url, mount: "transit", key: "tickets", tokenPath };
	return { settings, state, rotate: () => versions.push(makePair(kind)) };
}

const claims = { issuer: "us", audience: "agents" };
async function mint(ring: KeyRing): Promise<string> {
	const { kid, alg, sign: signTexts } = await ring.signing();
	const body = { iss: "us", aud: "agents", jti: "t", plan_id: "p", exp: 2e9 };
	const text = [{ alg, kid }, body]
		.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
		.join(".");
	const [first] = await signTexts([text, `${text}x`]);
	return `${text}.${first}`;
}
const verify = (token: string, ring: KeyRing) =>
	verifyTicketToken(token, claims, ring, 1.8e12);

for (const kind of ["ed25519", "ecdsa-p256", "rsa-2048"] as const)
	test(`createVaultKeys: vault signs with its key of type ${kind}, and tokens are checked without a call`, async (t) => {
		const { settings, state } = await openTransit(t, kind);
		const ring = createVaultKeys(settings);
		const token = await mint(ring);
		const { length } = state.calls;
		assert.equal((await verify(token, ring))?.jti, "t");
		assert.equal(state.calls.length, length);
		const [key] = await ring.published();
		assert.equal(key?.kid, "tickets:1");
	});

test("createVaultKeys: a version that vault rotated to is known at once, one that it took out is not", async (t) => {
	const { settings, state, rotate } = await openTransit(t, "ed25519");
	const clock = { atMs: 0 };
	const ring = createVaultKeys(settings, () => clock.atMs);
	const other = createVaultKeys(settings);
	const old = await mint(ring);
	await verify(old, other);
	rotate();
	clock.atMs += 61_000;
	const fresh = await mint(ring);
	assert.notEqual(await verify(fresh, other), undefined);
	assert.notEqual(await verify(old, other), undefined);
	assert.equal((await ring.published()).length, 2);
	state.oldest = 2;
	clock.atMs += 61_000;
	assert.equal(await verify(old, ring), undefined);
	assert.equal((await ring.published()).length, 1);
});

test("createVaultKeys: while vault is away nothing is signed, known keys still verify, and what is made up asks nobody", async (t) => {
	const { settings, state, rotate } = await openTransit(t, "ed25519");
	const clock = { atMs: 0 };
	const ring = createVaultKeys(settings, () => clock.atMs);
	const token = await mint(ring);
	state.away = true;
	clock.atMs += 61_000;
	const isAway = (error: unknown) => hasCode(error, "TOKENS_UNAVAILABLE");
	await assert.rejects(mint(ring), isAway);
	assert.notEqual(await verify(token, ring), undefined);
	await assert.rejects(mint(createVaultKeys(settings)), isAway);
	for (const kid of ["tickets:99", "tickets:0", "other:1", "tickets:1x", ""])
		assert.equal(await ring.publicKey(kid), undefined, kid);
	const fresh = createVaultKeys(settings, () => clock.atMs);
	state.away = false;
	await fresh.published();
	// The next version may exist: Vault is asked, seldom, whatever tokens say, and nobody waits for it.
	for (const [away, restMs] of [
		[true, 10_000],
		[false, 1_000],
	] as const) {
		state.away = away;
		state.calls.length = 0;
		for (let token = 0; token < 20; token++)
			assert.equal(await fresh.publicKey("tickets:2"), undefined);
		assert.equal(state.calls.length, 1);
		clock.atMs += restMs;
	}
	rotate();
	assert.notEqual(await fresh.publicKey("tickets:2"), undefined);
});
