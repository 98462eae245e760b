import assert from "node:assert/strict";
import { test } from "node:test";
import { createTopic, randomName } from "./broker.ts";
import { openFaultyNetwork, PRODUCE } from "./faulty-network.ts";
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
