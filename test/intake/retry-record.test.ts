import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	type ResultReading,
	readResult,
	readTicketDeadLetter,
} from "../../src/domain/read-result.ts";
import { textHeaders } from "../../src/domain/record-headers.ts";
import {
	firstDelivery,
	fromRetryRecord,
	toRetryRecord,
} from "../../src/intake/retry-record.ts";
import { someRead, someRecord } from "../support/intake-stand-ins.ts";

test("retry record: comes back with its first coordinates, however often", () => {
	const headers = textHeaders({ own: "x" });
	const original = someRecord({ topic: "execution.results", headers });
	let delivery = firstDelivery(original, 7);
	for (let count = 1; count <= 3; count += 1) {
		const sent = toRetryRecord("retry", delivery, someRead(), {
			reason: "plan-unknown",
		});
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
		someRead(),
		{ reason: "plan-unknown" },
	);
	let delivery = fromRetryRecord(
		someRecord({ headers: forged.headers, timestampMs: 100 }),
	);
	assert.equal(delivery.firstSeenMs, 100);
	const again = toRetryRecord("retry", delivery, someRead(), {
		reason: "plan-unknown",
	});
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

const anyText = fc.string({ unit: "binary", maxLength: 3_000 });
const anyReport = fc.record({
	ticket_id: fc.uuid(),
	plan_id: fc.option(fc.uuid()),
	status: fc.constantFrom("COMPLETED", "RUNNING", "timeout", "PREEMPTED"),
	agent_id: fc.option(anyText),
	error_message: fc.option(anyText),
	actual_duration_ms: fc.option(fc.nat()),
	timestamp: fc.option(fc.integer({ min: 1e12, max: 2e12 })),
	result: fc.record({ output: fc.dictionary(anyText, anyText) }),
	dlq_metadata: fc.record({ error_type: anyText, original_error: anyText }),
});

/** The record that comes back of one whose value is large, and how large it was on its way. */
function carry(value: object, reading: ResultReading & { ok: true }) {
	const bytes = Buffer.from(JSON.stringify(value).padEnd(20_000));
	const original = someRecord({ value: bytes, key: Buffer.alloc(40_000, "k") });
	const { result, planId: namedPlanId } = reading;
	const sent = toRetryRecord(
		"retry",
		firstDelivery(original, 7),
		{ result, namedPlanId },
		{ reason: "why" },
	);
	const { key, value: sentValue, headers } = sent;
	const record = someRecord({ key, value: sentValue, headers });
	return { original, arrived: fromRetryRecord(record).original, sent };
}

for (const read of [readResult, readTicketDeadLetter])
	test(`retry record: of a large value comes what was read of it, however often (${read.name})`, () => {
		fc.assert(
			fc.property(anyReport, (report) => {
				const reading = read(report, null);
				assert.ok(reading.ok);
				const { original, arrived, sent } = carry(report, reading);
				assert.ok(sent.value.length + (sent.key?.length ?? 0) < 100_000);
				assert.equal(arrived.wholeBytes, original.value?.length);
				assert.equal(arrived.offset, original.offset);
				const again = read(JSON.parse(String(arrived.value)), null);
				assert.deepEqual(again, reading);
				const next = carry(JSON.parse(String(arrived.value)), reading);
				assert.deepEqual(
					read(JSON.parse(String(next.arrived.value)), null),
					reading,
				);
			}),
			{ numRuns: 60 },
		);
	});
