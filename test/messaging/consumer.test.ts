import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
	type BatchConsumer,
	type BatchConsumerSettings,
	createBatchConsumer,
} from "../../src/messaging/consumer.ts";
import { createProducer } from "../../src/messaging/producer.ts";
import {
	createTopic,
	eventually,
	kafkaSettings,
	openAdmin,
	randomName,
} from "./broker.ts";
import { openFaultyNetwork } from "./faulty-network.ts";

type Settings = Pick<BatchConsumerSettings, "topics" | "handleBatch"> &
	Partial<BatchConsumerSettings>;

async function openConsumer(
	t: TestContext,
	settings: Settings,
): Promise<BatchConsumer> {
	const consumer = await createBatchConsumer({
		...kafkaSettings(),
		groupId: randomName(),
		fromBeginning: true,
		concurrency: 4,
		firstBackoffMs: 50,
		stopGraceMs: 300,
		...settings,
	});
	t.after(() => consumer.stop());
	return consumer;
}

/** Puts the numbers 0 to count - 1 on the topic, partition by key. */
async function publish(
	topic: string,
	texts: string[],
	key = "k",
): Promise<void> {
	const producer = await createProducer({
		...kafkaSettings(),
		compression: "gzip",
	});
	await producer.send(
		texts.map((text) => ({
			topic,
			key: `${key}`,
			value: Buffer.from(text),
			headers: {},
		})),
	);
	await producer.close();
}

function numbers(count: number, from = 0): string[] {
	return Array.from({ length: count }, (_, n) => String(n + from));
}

async function committed(
	t: TestContext,
	groupId: string,
	topic: string,
): Promise<number[]> {
	const admin = await openAdmin(t);
	const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
	return (offsets?.partitions ?? [])
		.toSorted((a, b) => a.partition - b.partition)
		.map(({ offset }) => Number(offset));
}

/** Keys that the default partitioner puts into these partitions of a topic with as many partitions. */
async function keysOfPartitions(
	topic: string,
	partitions: number,
): Promise<string[]> {
	const producer = await createProducer({
		...kafkaSettings(),
		compression: "none",
	});
	const keys: string[] = [];
	for (let n = 0; keys.filter(Boolean).length < partitions; n += 1) {
		const [position] = await producer.send([
			{ topic, key: `k${n}`, value: Buffer.from("probe"), headers: {} },
		]);
		keys[position?.partition ?? 0] ??= `k${n}`;
	}
	await producer.close();
	return keys;
}

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
	assert.deepEqual(consumer.lag(), [{ topic, partition: 0, lag: 0 }]);
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

test("consumer: a handler may take longer than the session without losing its place in the group", async (t) => {
	const topic = await createTopic(t, 2);
	const groupId = randomName();
	const keys = await keysOfPartitions(topic, 2);
	const slow = Promise.withResolvers<void>();
	const seen: string[] = [];
	let aborted = false;
	await publish(topic, ["slow"], keys[0]);
	const consumer = await openConsumer(t, {
		topics: [topic],
		groupId,
		sessionTimeoutMs: 6_000,
		handleBatch: async ({ messages }, { signal }) => {
			for (const { value } of messages) {
				if (String(value) === "slow") await slow.promise;
				seen.push(String(value));
			}
			aborted ||= signal.aborted;
		},
	});
	await consumer.ready();
	const endMs = Date.now() + 8_000;
	let n = 0;
	while (Date.now() < endMs) {
		const text = `quick ${n++}`;
		await publish(topic, [text], keys[1]);
		await eventually(text, () => seen.includes(text), 2_000);
	}
	slow.resolve();
	await eventually("the slow one", () => seen.includes("slow"));
	await eventually("its commit", async () =>
		(await committed(t, groupId, topic)).every((offset) => offset > 0),
	);
	assert.equal(seen.filter((text) => text === "slow").length, 1);
	assert.equal(aborted, false);
});

test("consumer: a partition that moves away fires the signal, and its late handler commits nothing", async (t) => {
	const topic = await createTopic(t, 2);
	const groupId = randomName();
	const keys = await keysOfPartitions(topic, 2);
	for (const key of keys) await publish(topic, ["work"], key);
	const late = Promise.withResolvers<void>();
	const aborted: number[] = [];
	const finished: number[] = [];
	const settings = { topics: [topic], groupId, sessionTimeoutMs: 6_000 };
	const first = await openConsumer(t, {
		...settings,
		handleBatch: async ({ partition }, { signal }) => {
			signal.addEventListener("abort", () => aborted.push(partition));
			await late.promise;
			finished.push(partition);
		},
	});
	await eventually("both partitions", () => first.assignment().length === 2);

	const held: number[] = [];
	const second = await openConsumer(t, {
		...settings,
		handleBatch: async ({ partition }) => {
			held.push(partition);
			await late.promise;
			throw new Error("never done here");
		},
	});
	await second.ready();
	await eventually("the move", () => aborted.length === 1 && held.length > 0);
	assert.equal(first.assignment().length, 1);
	const moved = aborted[0] as number;
	late.resolve();
	await eventually(
		"the handler of the partition that stayed",
		() => finished.length === 2,
	);
	await eventually(
		"its commit",
		async () => ((await committed(t, groupId, topic))[1 - moved] ?? 0) > 0,
	);
	await first.stop();
	assert.equal((await committed(t, groupId, topic))[moved], -1);
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

test("consumer: a topic that does not exist yet is read once it does", async (t) => {
	const topic = randomName();
	const seen: string[] = [];
	await openConsumer(t, {
		topics: [topic],
		handleBatch: async ({ messages }) =>
			void seen.push(...messages.map(({ value }) => String(value))),
	});
	const admin = await openAdmin(t);
	await admin.createTopics({
		topics: [{ topic, numPartitions: 1, replicationFactor: 1 }],
	});
	await publish(topic, ["hello"]);
	await eventually("the message", () => seen.includes("hello"));
});

for (const mode of ["away", "frozen"] as const) {
	test(`consumer: goes on by itself after Kafka was ${mode}`, async (t) => {
		const network = await openFaultyNetwork(t);
		const topic = await createTopic(t);
		const groupId = randomName();
		const seen: string[] = [];
		const consumer = await openConsumer(t, {
			topics: [topic],
			groupId,
			sessionTimeoutMs: 6_000,
			socketFactory: network.socketFactory,
			handleBatch: async ({ messages }) =>
				void seen.push(...messages.map(({ value }) => String(value))),
		});
		await consumer.ready();
		await publish(topic, ["before"]);
		await eventually("before", () => seen.includes("before"));
		network.mode = mode;
		await new Promise((resolve) => setTimeout(resolve, 3_000));
		await publish(topic, ["after"]);
		network.mode = "up";
		await eventually("after", () => seen.includes("after"), 60_000);
		await eventually(
			"commit",
			async () => (await committed(t, groupId, topic))[0] === 2,
		);
	});
}

test("consumer: stops in time while Kafka is away", async (t) => {
	const network = await openFaultyNetwork(t);
	network.mode = "away";
	const consumer = await openConsumer(t, {
		topics: [randomName()],
		socketFactory: network.socketFactory,
		handleBatch: async () => undefined,
	});
	const ready = assert.rejects(consumer.ready(), /stopped before it joined/);
	await consumer.stop();
	await ready;
});
