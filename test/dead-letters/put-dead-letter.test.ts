import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { createPutDeadLetter } from "../../src/dead-letters/put-dead-letter.ts";
import { headerText, textHeaders } from "../../src/domain/record-headers.ts";
import { OrchestratorError } from "../../src/errors.ts";
import type { OutgoingRecord } from "../../src/plans/records.ts";
import { headersByName } from "../support/headers-by-name.ts";
import {
	keepMetrics,
	keepSent,
	silentLog,
	someRecord,
} from "../support/intake-stand-ins.ts";

const topic = { name: "plans.consensus.dlq", maxMessageBytes: 1_048_576 };
const problem = { path: "$.plan_id", code: "FIELD_MISSING", message: "m" };
const reason = {
	code: "MESSAGE_INVALID",
	message: "no decision",
	hint: "correct it",
	problems: [problem, { ...problem, path: "$.x" }],
};

function open(refuse?: (record: OutgoingRecord) => void) {
	const producer = keepSent(refuse);
	const metrics = keepMetrics();
	const put = createPutDeadLetter({
		producer,
		topic,
		metrics,
		log: silentLog,
		now: () => 7,
	});
	return { put, metrics, sent: producer.sent };
}

test("dead letter: says why, where and from where, with the original bytes", async () => {
	const { put, sent, metrics } = open();
	const value = Buffer.from([0, 255, 1]);
	await put(someRecord({ value, headers: textHeaders({ a: "b" }) }), reason);
	const [record] = sent;
	assert.equal(record?.topic, topic.name);
	assert.equal(String(record?.key), "plan-1");
	assert.deepEqual(headersByName(record?.headers ?? []), {
		"dlq-form": "envelope",
		"dlq-reason": "MESSAGE_INVALID",
		"dlq-source-topic": "plans.consensus",
		"dlq-source-partition": "3",
		"dlq-source-offset": "41",
	});
	assert.deepEqual(JSON.parse(String(record?.value)), {
		reason: "MESSAGE_INVALID",
		message: "no decision",
		path: "$.plan_id",
		problems: reason.problems,
		problem_count: 2,
		hint: "correct it",
		source: {
			topic: "plans.consensus",
			partition: 3,
			offset: "41",
			timestamp: 1_700_000_000_000,
			key: "plan-1",
		},
		headers: { a: "b" },
		failed_at: 7,
		original_base64: value.toString("base64"),
	});
	assert.deepEqual(metrics.lines, [
		`deadLetters ${topic.name} MESSAGE_INVALID`,
	]);
});

test("dead letter: a tombstone without a key", async () => {
	const { put, sent } = open();
	await put(someRecord({ value: null, key: null }), { code: "C", message: "" });
	assert.equal(sent[0]?.key, null);
	const envelope = JSON.parse(String(sent[0]?.value));
	assert.equal(envelope.original_base64, null);
	assert.equal(envelope.path, null);
});

test("dead letter: what is too large as base64 goes as it came, the rest in a header", async () => {
	const { put, sent } = open();
	const value = randomBytes(900_000);
	await put(someRecord({ value }), reason);
	assert.equal(headerText(sent[0]?.headers ?? [], "dlq-form"), "raw");
	assert.ok(sent[0]?.value.equals(value));
	const envelope = JSON.parse(
		headerText(sent[0]?.headers ?? [], "dlq-envelope") ?? "",
	);
	assert.equal(envelope.reason, "MESSAGE_INVALID");
	assert.equal(envelope.source.offset, "41");
});

test("dead letter: what the brokers refuse as too large becomes a reference", async () => {
	const refusal = new OrchestratorError("PUBLISH_REFUSED", "refused", {
		cause: Object.assign(new Error("big"), { type: "MESSAGE_TOO_LARGE" }),
	});
	const { put, sent } = open(({ value }) => {
		if (value.length > 5_000) throw refusal;
	});
	await put(someRecord({ value: randomBytes(10_000) }), reason);
	assert.equal(sent.length, 1);
	assert.equal(headerText(sent[0]?.headers ?? [], "dlq-form"), "reference");
	const envelope = JSON.parse(String(sent[0]?.value));
	assert.equal(envelope.original_bytes, 10_000);
	assert.equal(envelope.source.offset, "41");
});

test("dead letter: endless keys, headers, messages and problems stay bounded", async () => {
	const { put, sent } = open(({ value, key, headers }) => {
		const texts = headers.map(({ name, value }) => `${name}${value}`).join();
		const bytes = (key?.length ?? 0) + texts.length + value.length;
		assert.ok(bytes < topic.maxMessageBytes, `${bytes} bytes`);
	});
	const endless = "x".repeat(2_000_000);
	await put(
		someRecord({
			key: Buffer.from(endless),
			value: Buffer.from(endless),
			headers: textHeaders({ endless, a: "b" }),
		}),
		{
			code: "C",
			message: endless,
			hint: endless,
			problems: Array.from({ length: 1_000 }, () => ({
				...problem,
				message: endless,
			})),
		},
	);
	assert.equal(headerText(sent[0]?.headers ?? [], "dlq-form"), "reference");
});

test("dead letter: a failure to publish is thrown, not counted", async () => {
	const away = new OrchestratorError("PUBLISH_UNCONFIRMED", "away");
	const { put, metrics } = open(() => {
		throw away;
	});
	await assert.rejects(put(someRecord(), reason), away);
	assert.deepEqual(metrics.lines, []);
});
