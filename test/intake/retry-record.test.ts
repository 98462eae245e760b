import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { textHeaders } from "../../src/domain/record-headers.ts";
import {
	firstDelivery,
	fromRetryRecord,
	toRetryRecord,
} from "../../src/intake/retry-record.ts";
import { someRecord } from "../support/intake-stand-ins.ts";

test("retry record: comes back with its first coordinates, however often", () => {
	const headers = textHeaders({ own: "x" });
	const original = someRecord({ topic: "execution.results", headers });
	let delivery = firstDelivery(original, 7);
	for (let count = 1; count <= 3; count += 1) {
		const sent = toRetryRecord("retry", delivery, "plan-unknown");
		assert.equal(sent.topic, "retry");
		assert.deepEqual(sent.key, original.key);
		const record = someRecord({
			topic: "retry",
			partition: 9,
			offset: "99",
			headers: sent.headers,
			timestampMs: 8,
		});
		delivery = fromRetryRecord(record);
		assert.deepEqual(delivery, {
			original,
			firstSeenMs: 7,
			retryCount: count,
		});
	}
});

test("retry record: one that nobody of us put there is its own original", () => {
	const record = someRecord({
		topic: "retry",
		headers: textHeaders({ own: "x" }),
	});
	assert.deepEqual(fromRetryRecord(record), {
		original: record,
		firstSeenMs: record.timestampMs,
		retryCount: 1,
	});
});

test("retry record: what says that it was first seen in the future grows old all the same", () => {
	const forged = toRetryRecord(
		"retry",
		firstDelivery(someRecord({}), 9_000_000_000_000),
		"plan-unknown",
	);
	let delivery = fromRetryRecord(
		someRecord({ headers: forged.headers, timestampMs: 100 }),
	);
	assert.equal(delivery.firstSeenMs, 100);
	const again = toRetryRecord("retry", delivery, "plan-unknown");
	delivery = fromRetryRecord(
		someRecord({ headers: again.headers, timestampMs: 900 }),
	);
	assert.equal(delivery.firstSeenMs, 100);
});

test("retry record: no headers make it throw", () => {
	const names = fc.constantFrom(
		"retry-first-seen-ms",
		"retry-count",
		"retry-source-topic",
		"retry-source-partition",
		"retry-source-offset",
		"retry-source-timestamp-ms",
	);
	const long = fc.constantFrom("9007199254740993", "9999999999999999");
	const texts = fc.oneof(fc.string(), fc.nat().map(String), long);
	fc.assert(
		fc.property(fc.dictionary(names, texts), (headers) => {
			const { original, firstSeenMs } = fromRetryRecord(
				someRecord({ headers: textHeaders(headers) }),
			);
			assert.ok(Number.isSafeInteger(firstSeenMs));
			assert.ok(Number.isSafeInteger(original.partition));
		}),
	);
});
