import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import { textHeaders } from "../../src/domain/record-headers.ts";
import { toWireTicket } from "../../src/domain/wire-ticket.ts";
import { createDeliverResults } from "../../src/intake/deliver-results.ts";
import { createRetryLater } from "../../src/intake/retry-later.ts";
import {
	type Delivery,
	firstDelivery,
	fromRetryRecord,
	toRetryRecord,
} from "../../src/intake/retry-record.ts";
import { retrySteps } from "../../src/intake/retry-steps.ts";
import {
	createResultTokens,
	type TicketClaim,
} from "../../src/plans/result-tokens.ts";
import { jwtTokens } from "../../src/ticket-tokens/jwt-tokens.ts";
import { openOwnKeys } from "../../src/ticket-tokens/own-keys.ts";
import { identity, rules, ticketsOf } from "../support/executions.ts";
import {
	keepMetrics,
	keepSent,
	silentLog,
	someRead,
	someRecord,
} from "../support/intake-stand-ins.ts";

test("deliverResults: the token of a result that is tried again is judged with when it was first read", async () => {
	const claims: TicketClaim[] = [];
	const retried: Delivery[] = [];
	const metrics = keepMetrics();
	const nobody = async () => new Map<string, string>();
	const deliver = createDeliverResults({
		topics: { ticketsDlq: "execution.tickets.dlq" },
		decode: async (bytes) => JSON.parse(String(bytes)) as unknown,
		tickets: {
			resolve: nobody,
			resolveCached: async () => ({
				planIds: await nobody(),
				isConclusive: false,
			}),
		},
		tokens: {
			...createResultTokens([], []),
			isProven: async (claim) => claims.push(claim) > 0,
		},
		attempts: { findEnds: async () => new Map() },
		batcher: { deliver: () => assert.fail("nobody knows its plan") },
		putDeadLetter: () => assert.fail("it is tried again"),
		retryLater: async (delivery) => void retried.push(delivery),
		metrics,
		log: silentLog,
	});
	const value = Buffer.from('{"ticket_id":"t","status":"COMPLETED"}');
	const original = someRecord({ topic: "execution.results", value });
	const first = firstDelivery(original, 1_700_000_500_000);
	const { headers } = toRetryRecord("retry", first, someRead(), {
		reason: "plan-unknown",
	});
	const later = { topic: "retry", timestampMs: 1_700_000_600_000 };
	const again = fromRetryRecord(someRecord({ ...later, value, headers }));
	for (const delivery of [first, again]) {
		assert.deepEqual(await deliver([delivery]), { doneCount: 1 });
		const { firstSeenMs, writtenAtMs } = claims.at(-1) ?? assert.fail();
		assert.equal(firstSeenMs, first.firstSeenMs);
		assert.equal(writtenAtMs, original.timestampMs);
	}
	assert.equal(retried.length, 2);
});

const HOUR_MS = 3_600_000;

/** Intake with JSON web tokens that knows no plan: what is on the retry topic, and why letters are dead. */
async function openWithJwt(clock: { atMs: number }) {
	const { privateKey } = generateKeyPairSync("ed25519");
	const pem = String(privateKey.export({ type: "pkcs8", format: "pem" }));
	const settings = {
		...{ issuer: "i", audience: "a", minTimeoutMs: 1_000 },
		...{ queueAllowanceMs: 500, workerBackoffMs: 0, longestWaitMs: HOUR_MS },
	};
	const now = () => clock.atMs;
	const kind = jwtTokens(settings, await openOwnKeys(pem), now);
	const tokens = createResultTokens([kind], [pem]);
	const letters: string[] = [];
	const producer = keepSent();
	const metrics = keepMetrics();
	const putDeadLetter = async (_: unknown, { code }: { code: string }) =>
		void letters.push(code);
	const setAside = () => assert.fail("it fits");
	const deliver = createDeliverResults({
		topics: { ticketsDlq: "execution.tickets.dlq" },
		decode: async (bytes) => JSON.parse(String(bytes)) as unknown,
		tickets: {
			resolve: async () => new Map(),
			resolveCached: async () => ({ planIds: new Map(), isConclusive: true }),
		},
		tokens,
		attempts: { findEnds: async () => new Map() },
		batcher: { deliver: () => assert.fail("nobody knows its plan") },
		putDeadLetter,
		retryLater: createRetryLater({
			steps: retrySteps(["retry"], 1_000),
			maxAgeMs: HOUR_MS,
			...{ producer, tokens, putDeadLetter, setAside, metrics, now },
		}),
		...{ metrics, log: silentLog, now },
	});
	/** The newest record of the retry topic, as it is read there. */
	const retried = (changes: object = {}) =>
		fromRetryRecord(
			someRecord({
				...(producer.sent.at(-1) ?? assert.fail()),
				...{ timestampMs: clock.atMs, isBrokersTime: true, ...changes },
			}),
		);
	return { tokens, deliver, letters, retried };
}

function someTicket() {
	const { specs, terms } = ticketsOf([["a"]]);
	const execution = createExecution("p-1", specs, rules);
	return toWireTicket(execution, 0, 1, identity, terms);
}

/** `headerBytes`: of all headers, of which 32,768 are kept. */
const sizes = {
	small: { length: 1, headerBytes: 1_000 },
	large: { length: 20_000, headerBytes: 1_000 },
	"many-headed": { length: 1, headerBytes: 32_760 },
	"large and many-headed": { length: 20_000, headerBytes: 32_760 },
};

for (const [size, { length, headerBytes }] of Object.entries(sizes))
	test(`retries: a ${size} result that waited longer on Kafka than retries last, as the broker says, keeps its token while its plan is unknown`, async () => {
		const clock = { atMs: 1_700_000_000_000 };
		const { tokens, deliver, letters, retried } = await openWithJwt(clock);
		const ticket = someTicket();
		const id = ticket.ticket_id;
		const token = (await tokens.stamp([ticket])).tokens?.[id] ?? "";
		const report = { ticket_id: id, status: "COMPLETED" };
		const value = Buffer.from(JSON.stringify(report).padEnd(length));
		const original = someRecord({
			...{ topic: "execution.results", value, isBrokersTime: true },
			headers: textHeaders({
				own: "x".repeat(headerBytes - 20 - token.length),
				"ticket-token": token,
			}),
			timestampMs: clock.atMs + 1_000,
		});
		clock.atMs += 3 * HOUR_MS;
		await deliver([firstDelivery(original, clock.atMs)]);
		for (let count = 1; count <= 3; count += 1) {
			clock.atMs += 60_000;
			await deliver([retried()]);
			assert.deepEqual(letters, []);
			assert.equal(retried().retryCount, count + 1);
		}
		const other = { ticket_id: "another", status: "COMPLETED" };
		await deliver([retried({ value: Buffer.from(JSON.stringify(other)) })]);
		const failed = JSON.stringify({ ...report, status: "FAILED" });
		await deliver([retried({ value: Buffer.from(failed) })]);
		const { original: sealed, ...delivery } = retried();
		const headers = sealed.headers.filter(
			({ name }) => name !== "ticket-token-seal",
		);
		await deliver([{ ...delivery, original: { ...sealed, headers } }]);
		assert.deepEqual(letters, Array(3).fill("TICKET_TOKEN_WRONG"));
	});

test("retries: a large dead letter that was sent back is believed by its seal while its plan is unknown", async () => {
	const clock = { atMs: 1_700_000_000_000 };
	const { tokens, deliver, letters, retried } = await openWithJwt(clock);
	const report = { ticket_id: someTicket().ticket_id, status: "COMPLETED" };
	const value = Buffer.from(JSON.stringify(report).padEnd(20_000));
	const original = someRecord({
		...{ topic: "execution.results", value, timestampMs: clock.atMs },
		headers: [
			...textHeaders({ own: "x".repeat(32_000) }),
			...tokens.sealOf(report.ticket_id, value),
		],
	});
	await deliver([firstDelivery(original, clock.atMs)]);
	for (let count = 1; count <= 2; count += 1) {
		await deliver([retried({ isBrokersTime: false })]);
		assert.deepEqual(letters, []);
		assert.equal(retried().retryCount, count + 1);
	}
});
