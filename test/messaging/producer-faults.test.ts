import assert from "node:assert/strict";
import { test } from "node:test";
import { createTopic } from "./broker.ts";
import {
	INIT_PRODUCER_ID,
	openFaultyNetwork,
	PRODUCE,
	withProduceError,
} from "./faulty-network.ts";
import { message, openProducer } from "./open-producer.ts";
import { readAll } from "./read-all.ts";

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
