import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createPutDeadLetter } from "../../src/dead-letters/put-dead-letter.ts";
import {
	readDeadLetter,
	redriveHeaderNames,
} from "../../src/dead-letters/read-letter.ts";
import { createLetterSender } from "../../src/dead-letters/send.ts";
import {
	type RecordHeader,
	textHeaders,
} from "../../src/domain/record-headers.ts";
import {
	firstDelivery,
	fromRetryRecord,
	toRetryRecord,
} from "../../src/intake/retry-record.ts";
import type { KafkaRecord, OutgoingRecord } from "../../src/plans/records.ts";
import {
	keepMetrics,
	keepSent,
	silentLog,
	someRead,
	someRecord,
} from "../support/intake-stand-ins.ts";

const SOURCE = "plans.consensus";
const DLQ = "plans.consensus.dlq";
const plain = { noNullPrototype: true };
const anyBytes = fc.oneof(
	fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
	fc.string().map((text) => Buffer.from(text)),
);
const anyHeaders = fc.array(
	fc.record(
		{
			name: fc.constantFrom("a", "b", "7", "__proto__", "ä", ""),
			value: fc.option(anyBytes),
		},
		plain,
	),
);

/** The record as the consumer of its topic reads it. */
function arrived({ topic, key, value, headers }: OutgoingRecord) {
	return someRecord({ topic, key, value, headers });
}

async function noPlan(): Promise<never> {
	throw new Error("nobody reads this");
}

/** The dead letter that comes of a record, on a topic that takes so much. */
async function toLetter(
	record: Parameters<typeof arrived>[0],
	maxMessageBytes: number,
) {
	const producer = keepSent();
	const put = createPutDeadLetter({
		...{ producer, metrics: keepMetrics(), log: silentLog },
		topic: { name: DLQ, maxMessageBytes },
	});
	await put(arrived(record), { code: "MESSAGE_INVALID", message: "no plan" });
	const [sent] = producer.sent;
	return await readDeadLetter(arrived(sent as OutgoingRecord), noPlan);
}

type Letter = Awaited<ReturnType<typeof toLetter>>;

/** What goes back; `source` is what lies where the message lay, if anything. */
async function redrive(
	letter: Letter,
	{
		source,
		body = letter.original,
	}: { source?: KafkaRecord; body?: Buffer | null } = {},
): Promise<OutgoingRecord> {
	const producer = keepSent();
	const sender = createLetterSender({
		producer,
		places: {
			async read() {
				if (source !== undefined) return { kind: "record", record: source };
				return { kind: "none", why: "Kafka has deleted it" };
			},
		},
		topics: [{ name: DLQ, sources: [SOURCE] }],
		onSent: () => undefined,
	});
	// As it comes from MongoDB and through Temporal: JSON, its bytes apart.
	const stored = JSON.parse(JSON.stringify(letter)) as Letter;
	await sender.send(stored, body, "r-1");
	return producer.sent[0] as OutgoingRecord;
}

const own: readonly string[] = Object.values(redriveHeaderNames);
const withoutOwn = (headers: readonly RecordHeader[]) =>
	headers.filter(({ name }) => !own.includes(name));

test("dead letters: key, headers and value come back byte by byte, in every form that has them", async () => {
	const forms = new Set<string>();
	await fc.assert(
		fc.asyncProperty(
			fc.option(anyBytes),
			anyHeaders,
			anyBytes,
			fc.boolean(),
			async (key, headers, value, isNarrow) => {
				const long = Buffer.concat([value, Buffer.alloc(10_000, 0xfe)]);
				const record = { topic: SOURCE, key, value: long, headers };
				const letter = await toLetter(record, isNarrow ? 13_000 : 100_000);
				forms.add(letter.form);
				const sent = await redrive(letter);
				assert.deepEqual(sent.key, key);
				assert.deepEqual(sent.value, long);
				assert.deepEqual(withoutOwn(sent.headers), headers);
			},
		),
	);
	assert.deepEqual(forms, new Set(["envelope", "raw"]));
});

test("dead letters: those of text have the shape they always had", async () => {
	const letter = await toLetter(
		{
			topic: SOURCE,
			key: Buffer.from("plän"),
			value: Buffer.from("{}"),
			headers: textHeaders({ trace: "ä", other: "" }),
		},
		100_000,
	);
	assert.equal(letter.key, "plän");
	assert.deepEqual(letter.headers, [
		{ name: "trace", value: "ä" },
		{ name: "other", value: "" },
	]);
	for (const field of ["key_base64", "key_bytes", "headers_dropped"])
		assert.equal(field in letter, false, field);
});

test("dead letters: of an earlier release are read and sent back", async () => {
	const envelope = {
		reason: "MESSAGE_INVALID",
		message: "m",
		path: null,
		problems: [],
		problem_count: 0,
		hint: "",
		source: {
			topic: SOURCE,
			partition: 1,
			offset: "5",
			timestamp: 1,
			key: "k",
		},
		headers: { trace: "abc", n: "1" },
		failed_at: 7,
		original_base64: Buffer.from("{}").toString("base64"),
	};
	const texts = { "dlq-form": "envelope", "dlq-reason": "MESSAGE_INVALID" };
	const letter = await readDeadLetter(
		someRecord({
			topic: DLQ,
			key: Buffer.from("k"),
			value: Buffer.from(JSON.stringify(envelope)),
			headers: textHeaders(texts),
		}),
		noPlan,
	);
	const sent = await redrive(letter);
	assert.equal(String(sent.key), "k");
	assert.equal(String(sent.value), "{}");
	assert.deepEqual(withoutOwn(sent.headers), textHeaders(envelope.headers));
	// As MongoDB has it from then: no more than text.
	const { key_base64, key_bytes, headers_dropped, ...stored } = letter;
	assert.deepEqual(await redrive(stored), sent);
});

test("retry record: key and headers come back byte by byte, also those that come again", () => {
	fc.assert(
		fc.property(fc.option(anyBytes), anyHeaders, (key, headers) => {
			const original = someRecord({ key, headers });
			const sent = toRetryRecord(
				"retry",
				firstDelivery(original, 7),
				someRead(),
				{ reason: "why" },
			);
			assert.deepEqual(fromRetryRecord(arrived(sent)).original, original);
		}),
	);
});

test("dead letters: of keys and headers no more is kept than the limit, and it says so", async () => {
	const headers = Array.from({ length: 9 }, (_, n) => ({
		name: `h${n}`,
		value: Buffer.alloc(10_000, n),
	}));
	const key = Buffer.alloc(250_000, "key ");
	const record = { topic: SOURCE, key, value: Buffer.from("{}"), headers };
	const letter = await toLetter(record, 2_000_000);
	assert.equal(letter.key_bytes, 250_000);
	assert.equal(Buffer.from(letter.key_base64 ?? "", "base64").length, 32_768);
	assert.ok(Buffer.byteLength(letter.key ?? "") <= 2_003);
	assert.equal(letter.headers.length, 3);
	assert.equal(letter.headers_dropped, 6);
	assert.ok(JSON.stringify(letter).length < 300_000);
});

test("dead letters: what a letter has not kept is read from where the message lies", async () => {
	const key = Buffer.alloc(40_000, "key ");
	const headers = [
		{ name: "first", value: Buffer.alloc(30_000, 0xff) },
		{ name: "second", value: Buffer.alloc(30_000, 0xfe) },
	];
	const value = Buffer.from('{"a":1}');
	const record = { topic: SOURCE, key, value, headers };
	const letter = await toLetter(record, 2_000_000);
	assert.equal(letter.headers_dropped, 1);
	const source = arrived(record);
	const sent = await redrive(letter, { source });
	assert.deepEqual(sent.key, key);
	assert.deepEqual(sent.value, value);
	assert.deepEqual(withoutOwn(sent.headers), headers);

	const body = Buffer.from("mended");
	const mended = await redrive(letter, { source, body });
	assert.deepEqual([mended.key, mended.value], [key, body]);
	// With the key it had it would go elsewhere.
	await assert.rejects(redrive(letter, { body }), {
		code: "PUBLISH_REFUSED",
		message: /its key and headers were not kept, and Kafka has deleted it/,
	});
});

test("dead letters: a reference goes back from its source, or is refused by name", async () => {
	const value = Buffer.alloc(50_000, "x");
	const record = { topic: SOURCE, key: Buffer.from("k"), value, headers: [] };
	const letter = await toLetter(record, 10_000);
	assert.equal(letter.form, "reference");
	assert.equal(letter.original, null);
	assert.equal(letter.original_bytes, 50_000);
	const sent = await redrive(letter, { source: arrived(record) });
	assert.deepEqual([sent.key, sent.value], [record.key, value]);
	await assert.rejects(redrive(letter), /its message was not kept, and Kafka/);
	const empty = arrived({ ...record, value: null as never });
	await assert.rejects(redrive(letter, { source: empty }), /has no value/);
	const range = { ...letter, last_offset: "99" };
	await assert.rejects(redrive(range), /it stands for offsets 41 to 99 of/);
	assert.equal(String((await redrive(range, { body: value })).key), "k");
	const { source: _, ...homeless } = letter;
	await assert.rejects(redrive({ ...homeless, source: null }), /nobody knows/);
});

test("dead letters: one that could not be written down is opened where it lies", async () => {
	const record = {
		topic: SOURCE,
		key: Buffer.from([0xff]),
		value: Buffer.from("{}"),
		headers: textHeaders({ a: "b" }),
	};
	const producer = keepSent();
	await createPutDeadLetter({
		...{ producer, metrics: keepMetrics(), log: silentLog },
		topic: { name: DLQ, maxMessageBytes: 100_000 },
	})(arrived(record), { code: "LATE", message: "m" });
	const outer = await toLetter(record, 1);
	const place = { topic: DLQ, partition: 0, offset: "5" };
	const sent = await redrive(
		{ ...outer, source: place },
		{ source: arrived(producer.sent[0] as OutgoingRecord) },
	);
	assert.equal(sent.topic, SOURCE);
	assert.deepEqual([sent.key, sent.value], [record.key, record.value]);
	assert.deepEqual(withoutOwn(sent.headers), record.headers);
});
