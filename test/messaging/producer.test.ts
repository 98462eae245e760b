import assert from "node:assert/strict";
import { test } from "node:test";
import { murmur2 } from "../../src/messaging/choose-partition.ts";
import type { IncomingMessage } from "../../src/messaging/incoming-message.ts";
import { createTopic, eventually, randomName } from "./broker.ts";
import { openFaultyNetwork, PRODUCE } from "./faulty-network.ts";
import { openConsumer } from "./open-consumer.ts";
import { message, openProducer } from "./open-producer.ts";
import { readAll } from "./read-all.ts";

test("producer: positions come in the order of the input and say where each message lies", async (t) => {
	const topic = await createTopic(t, 3);
	const producer = await openProducer(t);
	const sent = Array.from({ length: 50 }, (_, n) =>
		message(topic, `m${n}`, n % 3 === 0 ? null : `k${n % 7}`),
	);

	const positions = await producer.send(sent);

	const found = new Map(
		(await readAll(t, topic)).map((record) => [
			`${record.partition}/${record.offset}`,
			record,
		]),
	);
	for (const [index, { partition, offset }] of positions.entries()) {
		const record = found.get(`${partition}/${offset}`);
		assert.equal(record?.value?.toString(), `m${index}`);
		assert.deepEqual(record?.headers, { "plan-id": "ä", n: `m${index}` });
	}
	assert.equal(found.size, 50);
});

test("producer: keys and headers are bytes, and come through in their order", async (t) => {
	const topic = await createTopic(t, 3);
	const producer = await openProducer(t);
	const key = Buffer.from([0xff, 0, 0xfe, 0x80]);
	const headers = [
		{ name: "twice", value: Buffer.from([0xff]) },
		{ name: "1", value: Buffer.from("text") },
		{ name: "twice", value: Buffer.alloc(0) },
		{ name: "none", value: null },
	];
	const sent = { topic, key, value: Buffer.from([0xc0]), headers };
	const [position] = await producer.send([sent]);

	const seen: IncomingMessage[] = [];
	await openConsumer(t, {
		topics: [topic],
		handleBatch: async ({ messages }) => void seen.push(...messages),
	});
	await eventually("the message", () => seen.length > 0);
	const { timestampMs, offset, partition, ...read } = seen[0] ?? {};
	assert.deepEqual(read, sent);
	assert.deepEqual({ topic, partition, offset }, position);
	assert.equal(partition, (murmur2(key) & 0x7fffffff) % 3);
});

test("producer: a key of 900 kB holds nobody up", async (t) => {
	const topic = await createTopic(t, 3);
	const producer = await openProducer(t);
	const key = Buffer.alloc(900_000, "key");
	const long = { topic, key, value: Buffer.from("long"), headers: [] };
	// kafkajs's own partitioner would take hours.
	await producer.send([long, message(topic, "short")]);
	assert.equal((await readAll(t, topic)).length, 2);
});

test("producer: concurrent sends share requests and keep the order of a key", async (t) => {
	const network = await openFaultyNetwork(t);
	const topic = await createTopic(t, 2);
	const producer = await openProducer(t, {
		socketFactory: network.socketFactory,
	});

	await Promise.all(
		Array.from({ length: 300 }, (_, n) =>
			producer.send([message(topic, String(n), `k${n % 5}`)]),
		),
	);

	const records = await readAll(t, topic);
	assert.equal(records.length, 300);
	for (let key = 0; key < 5; key += 1) {
		const numbers = records
			.filter((record) => record.key?.toString() === `k${key}`)
			.map((record) => Number(record.value));
		assert.deepEqual(
			numbers,
			numbers.toSorted((a, b) => a - b),
		);
	}
	assert.ok(
		(network.answers.get(PRODUCE) ?? 0) <= 3,
		`${network.answers.get(PRODUCE)} requests`,
	);
});

test("producer: one send larger than a request travels in several", async (t) => {
	const topic = await createTopic(t);
	const producer = await openProducer(t, { compression: "none" });
	const filler = "x".repeat(3_000);
	const positions = await producer.send(
		Array.from({ length: 1_500 }, (_, n) =>
			message(topic, `${n} ${filler}`, "k"),
		),
	);
	assert.deepEqual(
		positions.map(({ offset }) => Number(offset)),
		Array.from({ length: 1_500 }, (_, n) => n),
	);
});

test("producer: a message that is too large fails alone", async (t) => {
	const topic = await createTopic(t);
	const producer = await openProducer(t, { compression: "none" });
	const sends = [
		producer.send([message(topic, "before")]),
		producer.send([message(topic, "x".repeat(2_000_000))]),
		producer.send([message(topic, "after")]),
	];
	const outcomes = await Promise.allSettled(sends);
	assert.deepEqual(
		outcomes.map(({ status }) => status),
		["fulfilled", "rejected", "fulfilled"],
	);
	const { reason } = outcomes[1] as PromiseRejectedResult;
	assert.equal(reason.code, "PUBLISH_REFUSED");
	assert.match(String(reason), /larger than the max message size/);
});

test("producer: a missing topic fails alone and says so", async (t) => {
	const topic = await createTopic(t);
	const missing = randomName();
	const producer = await openProducer(t);
	const outcomes = await Promise.allSettled([
		producer.send([message(topic, "a"), message(topic, "b")]),
		producer.send([message(missing, "c")]),
	]);
	assert.deepEqual(
		outcomes.map(({ status }) => status),
		["fulfilled", "rejected"],
	);
	assert.match(
		String((outcomes[1] as PromiseRejectedResult).reason),
		new RegExp(`${missing}.*does not host this topic`),
	);
});

test("producer: close sends what is queued and refuses what comes later", async (t) => {
	const topic = await createTopic(t);
	const producer = await openProducer(t);
	const sent = producer.send([message(topic, "last")]);
	await producer.close();
	await sent;
	await assert.rejects(producer.send([message(topic, "too late")]), {
		code: "PUBLISH_UNCONFIRMED",
	});
	assert.equal((await readAll(t, topic)).length, 1);
});
