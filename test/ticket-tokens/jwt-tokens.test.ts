import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import { attemptTimeoutMs } from "../../src/domain/execution/ticket-clocks.ts";
import { textHeaders } from "../../src/domain/record-headers.ts";
import { toWireTicket } from "../../src/domain/wire-ticket.ts";
import { createResultTokens } from "../../src/plans/result-tokens.ts";
import { jwtTokens } from "../../src/ticket-tokens/jwt-tokens.ts";
import { openOwnKeys } from "../../src/ticket-tokens/own-keys.ts";
import { identity, rules, ticketsOf } from "../support/executions.ts";
import { someRecord } from "../support/intake-stand-ins.ts";

function pem(kind: "ed25519" | "ec" | "rsa"): string {
	const { privateKey } =
		kind === "ec"
			? generateKeyPairSync("ec", { namedCurve: "P-256" })
			: kind === "rsa"
				? generateKeyPairSync("rsa", { modulusLength: 2048 })
				: generateKeyPairSync("ed25519");
	return String(privateKey.export({ type: "pkcs8", format: "pem" }));
}

const settings = {
	issuer: "orchestrator-dynamic",
	audience: "worker-agents",
	queueAllowanceMs: rules.queueAllowanceMs,
	workerBackoffMs: rules.workerBackoffMs ?? 0,
	minTimeoutMs: 1_000,
	longestWaitMs: 24 * 3_600_000,
};
const START = Date.parse("2026-11-30T12:00:00Z");
const { specs, terms } = ticketsOf([["a"], ["b", ["a"]]]);
const execution = createExecution("p-1", specs, {
	...rules,
	maxRetries: terms.max_retries,
});
const [ticket, dependent] = [0, 1].map((at) =>
	toWireTicket(execution, at, 1, identity, terms),
) as [ReturnType<typeof toWireTicket>, ReturnType<typeof toWireTicket>];

async function open(keys = pem("ed25519"), clock = { atMs: START }) {
	const ring = await openOwnKeys(keys);
	const kind = jwtTokens(settings, ring, () => clock.atMs);
	const tokens = createResultTokens([kind], [keys]);
	const mint = async (one = ticket) =>
		(await tokens.stamp([one])).tokens?.[one.ticket_id] ?? "";
	return { ring, tokens, mint, clock };
}
const claimWith = (token: string, ticketId = ticket.ticket_id) => ({
	ticketId,
	value: {},
	headers: textHeaders({ "ticket-token": token }),
});

for (const kind of ["ed25519", "ec", "rsa"] as const)
	test(`jwtTokens: a token by a key of kind ${kind} is verified by anybody who has the JWKS`, async () => {
		const { ring, mint } = await open(pem(kind));
		const keys = createLocalJWKSet({ keys: await ring.published() });
		const { payload } = await jwtVerify(await mint(), keys, {
			issuer: settings.issuer,
			audience: settings.audience,
			currentDate: new Date(START),
		});
		assert.equal(payload.jti, ticket.ticket_id);
		assert.equal(payload.plan_id, ticket.plan_id);
		assert.deepEqual(payload.capabilities, ticket.required_capabilities);
		assert.ok(!JSON.stringify(await ring.published()).includes('"d"'));
	});

test("jwtTokens: a token lasts as long as its attempt; under V1 also while its ticket waits for others", async () => {
	const { mint } = await open();
	const lasts = async (one: typeof ticket) => {
		const { exp = 0, iat = 0 } = decodeJwt(await mint(one));
		return (exp - iat) * 1000;
	};
	const limitMs = attemptTimeoutMs(execution, 0);
	assert.equal(await lasts(ticket), Math.ceil(limitMs / 1000) * 1000);
	const v2 = { ...dependent.metadata, orchestrator_version: "V2" };
	const v1 = { ...dependent.metadata, orchestrator_version: "V1" };
	const alone = await lasts({ ...dependent, metadata: v2 });
	const behind = await lasts({ ...dependent, metadata: v1 });
	assert.ok(behind >= attemptTimeoutMs(execution, 0) + alone - 1_000);
});

test("jwtTokens: only the token of the same attempt, of ours and in time is believed", async () => {
	const { tokens, mint, clock } = await open();
	const token = await mint();
	assert.equal(await tokens.isProven(claimWith(token)), true);
	const inResult = { result: { metadata: { ticket_token: token } } };
	assert.equal(
		await tokens.isProven({ ticketId: ticket.ticket_id, value: inResult }),
		true,
	);
	assert.equal(
		await tokens.isProven(claimWith(token, dependent.ticket_id)),
		false,
	);
	const other = await open();
	assert.equal(
		await tokens.isProven(claimWith(await other.mint())),
		false,
		"another key",
	);
	const [head, body, signature] = token.split(".");
	const none = Buffer.from('{"alg":"none"}').toString("base64url");
	for (const forged of [
		`${none}.${body}.${signature}`,
		`${head}.${body}.`,
		`${head}.${Buffer.from("{}").toString("base64url")}.${signature}`,
		"no token",
	])
		assert.equal(await tokens.isProven(claimWith(forged)), false, forged);
	clock.atMs += 20 * 3_600_000;
	assert.equal(await tokens.isProven(claimWith(token)), false, "expired");
	const waited = { ...claimWith(token), writtenAtMs: START + 1_000 };
	assert.equal(await tokens.isProven(waited), true, "it was written in time");
	clock.atMs += 20 * 3_600_000;
	assert.equal(await tokens.isProven(waited), false, "it says so itself");
	const stamped = { ...waited, isBrokersTime: true };
	assert.equal(await tokens.isProven(stamped), true, "a broker says so");
	const late = { ...stamped, writtenAtMs: clock.atMs - 1_000 };
	assert.equal(await tokens.isProven(late), false, "a broker says when");
});

test("jwtTokens: two keys for a rotation: the first signs, tokens of the other are still believed", async () => {
	const [before, after] = [pem("ed25519"), pem("ec")];
	const old = await open(before);
	const both = await open(`${after}${before}`);
	assert.equal(await both.tokens.isProven(claimWith(await old.mint())), true);
	assert.equal(await old.tokens.isProven(claimWith(await both.mint())), false);
	assert.equal((await both.ring.published()).length, 2);
});

test("redact: a JSON web token is blanked, and the letter is as proven as the record was", async () => {
	const { tokens, mint } = await open();
	const token = await mint();
	const value = { ticket_id: ticket.ticket_id, note: `it was ${token}` };
	const record = someRecord({
		value: Buffer.from(JSON.stringify(value)),
		headers: textHeaders({ "ticket-token": token }),
	});
	const claim = { ...claimWith(token), value, bytes: record.value };
	const letter = await tokens.redact(record, claim);
	assert.ok(!String(letter.value).includes(token));
	const back = { ...claim, headers: letter.headers, bytes: letter.value };
	assert.equal(await tokens.isProven(back), true);
	assert.deepEqual(
		tokens.proofOf(claim),
		textHeaders({ "ticket-token": token }),
	);
});

test("openOwnKeys: what is no private key is refused without its text", async () => {
	const good = pem("ed25519");
	for (const [text, why] of [
		["-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "private"],
		[`${good}${good}${good}`, "3 keys"],
		["-----BEGIN nothing", "0 keys"],
	] as const)
		await assert.rejects(openOwnKeys(text), (error: Error) => {
			assert.ok(error.message.includes(why), error.message);
			return !error.message.includes("AAAA");
		});
});

test("jwtTokens: what is tried again is judged as when it was first read, which it may not say too far back", async () => {
	const { tokens, mint, clock } = await open();
	const waited = { ...claimWith(await mint()), writtenAtMs: START + 1_000 };
	const hours = (n: number) => START + n * 3_600_000;
	clock.atMs = hours(20);
	assert.equal(await tokens.isProven(waited), true);
	clock.atMs = hours(40);
	const retried = { ...waited, firstSeenMs: hours(20) };
	assert.equal(await tokens.isProven(retried), true);
	const fresh = { ...waited, firstSeenMs: hours(39) };
	assert.equal(await tokens.isProven(fresh), false, "it waited too long");
	const ahead = { ...waited, firstSeenMs: hours(90) };
	assert.equal(await tokens.isProven(ahead), false);
	clock.atMs = hours(80);
	for (const firstSeenMs of [0, hours(20)])
		assert.equal(await tokens.isProven({ ...waited, firstSeenMs }), false);
});
