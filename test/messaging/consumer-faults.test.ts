import assert from "node:assert/strict";
import { test } from "node:test";
import { createTopic, eventually, openAdmin, randomName } from "./broker.ts";
import {
	HEARTBEAT,
	JOIN_GROUP,
	openFaultyNetwork,
	withError,
} from "./faulty-network.ts";
import { committed, openConsumer } from "./open-consumer.ts";
import { keysOfPartitions, publish } from "./publish.ts";

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

test("consumer: one that its group has forgotten, and that may not join again at once, has its place again", async (t) => {
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
	const UNKNOWN_MEMBER_ID = 25;
	const COORDINATOR_LOADING = 14;
	const said = new Set<number>();
	// As a broker that stood still: the member is gone, and the group is not loaded yet.
	network.onAnswer = ({ apiKey, frame }) => {
		if (apiKey === JOIN_GROUP && said.has(HEARTBEAT) && !said.has(JOIN_GROUP)) {
			said.add(apiKey);
			return withError(frame, COORDINATOR_LOADING);
		}
		if (apiKey !== HEARTBEAT || said.has(HEARTBEAT)) return frame;
		said.add(apiKey);
		return withError(frame, UNKNOWN_MEMBER_ID);
	};
	await eventually("both errors", () => said.has(JOIN_GROUP));
	const joins = network.answers.get(JOIN_GROUP) ?? 0;
	const hasJoined = () => (network.answers.get(JOIN_GROUP) ?? 0) > joins;
	await eventually("another try to join", hasJoined, 30_000);
	await publish(topic, ["after"]);
	await eventually("the message", () => seen.includes("after"));
	await eventually(
		"its commit",
		async () => (await committed(t, groupId, topic))[0] === 1,
	);
});

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
