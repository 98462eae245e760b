import assert from "node:assert/strict";
import { test } from "node:test";
import { createTopic, eventually, randomName } from "./broker.ts";
import { committed, openConsumer } from "./open-consumer.ts";
import { keysOfPartitions, numbers, publish } from "./publish.ts";

test("consumer: hands over every message once, in order, and commits what was handled", async (t) => {
	const topic = await createTopic(t);
	const groupId = randomName();
	const seen: string[] = [];
	await publish(topic, numbers(500));
	const consumer = await openConsumer(t, {
		topics: [topic],
		groupId,
		handleBatch: async ({ messages }) =>
			void seen.push(...messages.map(({ value }) => String(value))),
	});
	await consumer.ready();
	assert.deepEqual(consumer.assignment(), [{ topic, partition: 0 }]);
	await publish(topic, numbers(500, 500));

	await eventually("1,000 messages", () => seen.length >= 1_000);
	await eventually(
		"all committed",
		async () => (await committed(t, groupId, topic))[0] === 1_000,
	);
	await consumer.stop();
	assert.deepEqual(seen, numbers(1_000));
});

test("consumer: a batch that throws comes again from the first message that is not done; others go on", async (t) => {
	const topic = await createTopic(t, 2);
	const groupId = randomName();
	const keys = await keysOfPartitions(topic, 2);
	const seen: string[] = [];
	let failures = 0;
	await publish(topic, numbers(10), keys[0]);
	const consumer = await openConsumer(t, {
		topics: [topic],
		groupId,
		handleBatch: async ({ messages }, { done }) => {
			for (const { value, offset } of messages) {
				if (String(value) === "5" && failures < 3) {
					failures += 1;
					throw new Error("not yet");
				}
				seen.push(String(value));
				done(offset);
			}
		},
	});
	await consumer.ready();
	await eventually("first failure", () => failures > 0);
	await publish(topic, ["other"], keys[1]);

	await eventually(
		"the whole topic",
		() => seen.includes("9") && seen.includes("other"),
	);
	await consumer.stop();
	assert.deepEqual(
		seen.filter((text) => /^\d$/.test(text)),
		numbers(10),
	);
	assert.equal(failures, 3);
});

test("consumer: what is done survives a stop in the middle of a batch", async (t) => {
	const topic = await createTopic(t);
	const groupId = randomName();
	await publish(topic, numbers(10));
	const reached = Promise.withResolvers<void>();
	let reason: unknown;
	const first = await openConsumer(t, {
		topics: [topic],
		groupId,
		handleBatch: async ({ messages }, { done, signal }) => {
			done(messages[3]?.offset ?? "");
			reached.resolve();
			await new Promise((resolve) => signal.addEventListener("abort", resolve));
			reason = signal.reason;
			throw signal.reason;
		},
	});
	await reached.promise;
	await first.stop();
	assert.match(String(reason), /consumer stops/);

	const seen: string[] = [];
	await openConsumer(t, {
		topics: [topic],
		groupId,
		handleBatch: async ({ messages }) =>
			void seen.push(...messages.map(({ value }) => String(value))),
	});
	await eventually("the rest", () => seen.length >= 6);
	assert.deepEqual(seen, numbers(6, 4));
});

test("consumer: a handler that never ends does not hold up the stop", async (t) => {
	const topic = await createTopic(t);
	await publish(topic, ["stuck"]);
	const reached = Promise.withResolvers<void>();
	const consumer = await openConsumer(t, {
		topics: [topic],
		handleBatch: () => {
			reached.resolve();
			return new Promise(() => undefined);
		},
	});
	await reached.promise;
	await consumer.stop();
});

test("consumer: a paused partition gets nothing until it is resumed", async (t) => {
	const topic = await createTopic(t, 2);
	const keys = await keysOfPartitions(topic, 2);
	const seen: string[] = [];
	const consumer = await openConsumer(t, {
		topics: [topic],
		handleBatch: async ({ messages }) =>
			void seen.push(...messages.map(({ value }) => String(value))),
	});
	await eventually("the probes", () => seen.length >= 2);
	consumer.pause(topic, 0);
	await publish(topic, ["held"], keys[0]);
	await publish(topic, ["goes"], keys[1]);
	await eventually("the other partition", () => seen.includes("goes"));
	assert.ok(!seen.includes("held"));
	consumer.resume(topic, 0);
	await eventually("the resumed partition", () => seen.includes("held"));
	consumer.pause(topic);
	consumer.resume(topic);
	await publish(topic, ["again"], keys[0]);
	await eventually("after both", () => seen.includes("again"));
});

test("consumer: never more handlers at once than allowed", async (t) => {
	const topic = await createTopic(t, 6);
	await keysOfPartitions(topic, 6);
	let running = 0;
	let most = 0;
	const partitions = new Set<number>();
	await openConsumer(t, {
		topics: [topic],
		concurrency: 2,
		handleBatch: async ({ partition }) => {
			running += 1;
			most = Math.max(most, running);
			await new Promise((resolve) => setTimeout(resolve, 300));
			running -= 1;
			partitions.add(partition);
		},
	});
	await eventually("all partitions", () => partitions.size === 6);
	assert.equal(most, 2);
});
