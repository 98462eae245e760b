import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeliverResults } from "../../src/intake/deliver-results.ts";
import {
	type Delivery,
	firstDelivery,
	fromRetryRecord,
	toRetryRecord,
} from "../../src/intake/retry-record.ts";
import {
	createResultTokens,
	type TicketClaim,
} from "../../src/plans/result-tokens.ts";
import {
	keepMetrics,
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
