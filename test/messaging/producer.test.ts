import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
	createProducer,
	type OutgoingMessage,
	type Producer,
	type ProducerSettings,
} from "../../src/messaging/producer.ts";
import { createTopic, kafkaSettings, randomName } from "./broker.ts";
import {
	INIT_PRODUCER_ID,
	openFaultyNetwork,
	PRODUCE,
	withProduceError,
} from "./faulty-network.ts";
import { readAll } from "./read-all.ts";

async function openProducer(
	t: TestContext,
	settings: Partial<ProducerSettings> = {},
): Promise<Producer> {
	const producer = await createProducer({
		...kafkaSettings(),
		compression: "gzip",
		...settings,
	});
	t.after(() => producer.close());
	return producer;
}

function message(
	topic: string,
	text: string,
	key: string | null = null,
): OutgoingMessage {
	return {
		topic,
		key,
		value: Buffer.from(text),
		headers: { "plan-id": "ä", n: text.slice(0, 8) },
	};
}

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

test("producer: a lost acknowledgement does not double the messages", async (t) => {
	const network = await openFaultyNetwork(t);
	const topic = await createTopic(t);
	const producer = await openProducer(t, {
		socketFactory: network.socketFactory,
	});
	await producer.send([message(topic, "first")]);

	let broken = false;
	network.onAnswer = ({ apiKey, frame }) => {
		if (apiKey !== PRODUCE || broken) return frame;
		broken = true;
		return undefined;
	};
	const [position] = await producer.send([message(topic, "second")]);

	assert.ok(broken);
	assert.equal(position?.offset, "1");
	assert.deepEqual(
		(await readAll(t, topic)).map(({ value }) => value?.toString()),
		["first", "second"],
	);
});

for (const [name, code] of Object.entries({
	OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
	INVALID_PRODUCER_EPOCH: 47,
	UNKNOWN_PRODUCER_ID: 59,
})) {
	test(`producer: after ${name} a fresh producer takes over`, async (t) => {
		const network = await openFaultyNetwork(t);
		const topic = await createTopic(t);
		const producer = await openProducer(t, {
			socketFactory: network.socketFactory,
		});
		await producer.send([message(topic, "first")]);

		let spoiled = 0;
		network.onAnswer = ({ apiKey, frame }) => {
			if (apiKey !== PRODUCE || spoiled > 0) return frame;
			spoiled += 1;
			return withProduceError(frame, code);
		};
		await producer.send([message(topic, "second")]);
		await producer.send([message(topic, "third")]);

		const values = new Set(
			(await readAll(t, topic)).map(({ value }) => value?.toString()),
		);
		assert.equal(spoiled, 1);
		assert.equal(network.answers.get(INIT_PRODUCER_ID), 2);
		assert.deepEqual(values, new Set(["first", "second", "third"]));
	});
}

test("producer: starts without Kafka, says so in time, and works once Kafka is there", async (t) => {
	const network = await openFaultyNetwork(t);
	const topic = await createTopic(t);
	network.mode = "away";
	const producer = await openProducer(t, {
		socketFactory: network.socketFactory,
	});

	await assert.rejects(
		producer.send([message(topic, "lost")], { timeoutMs: 500 }),
		(error: Error & { code?: string }) => {
			assert.equal(error.code, "PUBLISH_UNCONFIRMED");
			assert.match(
				error.message,
				new RegExp(
					`cannot publish 1 messages to ${topic}: Kafka at .* did not acknowledge within 500 ms`,
				),
			);
			return true;
		},
	);

	const waiting = producer.send([message(topic, "patient")], {
		timeoutMs: 20_000,
	});
	network.mode = "up";
	await waiting;
	network.mode = "away";
	await assert.rejects(
		producer.send([message(topic, "lost too")], { timeoutMs: 300 }),
		{ code: "PUBLISH_UNCONFIRMED" },
	);
	network.mode = "up";
	await producer.send([message(topic, "again")]);
	const values = (await readAll(t, topic)).map(({ value }) =>
		value?.toString(),
	);
	assert.ok(values.includes("patient") && values.includes("again"));
});

test("producer: a broker that says nothing is not waited for beyond the time-out", async (t) => {
	const network = await openFaultyNetwork(t);
	const topic = await createTopic(t);
	const producer = await openProducer(t, {
		socketFactory: network.socketFactory,
	});
	await producer.send([message(topic, "first")]);
	network.mode = "frozen";
	await assert.rejects(
		producer.send([message(topic, "lost")], { timeoutMs: 300 }),
		{ code: "PUBLISH_UNCONFIRMED" },
	);
	network.mode = "up";
	await producer.send([message(topic, "again")], { timeoutMs: 30_000 });
});

test("producer: what its sender gave up while it waited is never sent", async (t) => {
	const network = await openFaultyNetwork(t);
	const topic = await createTopic(t);
	const producer = await openProducer(t, {
		socketFactory: network.socketFactory,
	});
	await producer.send([message(topic, "first")]);
	network.mode = "away";
	const giveUp = new AbortController();
	const given = producer.send([message(topic, "given up")], {
		signal: giveUp.signal,
	});
	giveUp.abort();
	await assert.rejects(given, { code: "PUBLISH_UNCONFIRMED" });
	network.mode = "up";
	await producer.send([message(topic, "last")], { timeoutMs: 30_000 });
	const values = (await readAll(t, topic)).map(({ value }) =>
		value?.toString(),
	);
	assert.deepEqual(values.toSorted(), ["first", "last"]);
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

test("producer: what does not fit in memory is refused at once", async (t) => {
	const network = await openFaultyNetwork(t);
	network.mode = "away";
	const producer = await openProducer(t, {
		socketFactory: network.socketFactory,
	});
	const large = message("topic", "x".repeat(1_000_000));
	const sends = Array.from({ length: 80 }, () =>
		producer.send([large], { timeoutMs: 1_000 }),
	);
	const outcomes = await Promise.allSettled(sends);
	const reasons = outcomes.map((outcome) =>
		String((outcome as PromiseRejectedResult).reason),
	);
	assert.ok(
		reasons.some((reason) => reason.includes("too many messages wait")),
	);
});
