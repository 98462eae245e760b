import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createBatchConsumer } from "../../src/messaging/consumer.ts";
import { createKafkaClient } from "../../src/messaging/kafka-client.ts";
import { createTopic, kafkaSettings, randomName } from "./broker.ts";
import { openFaultyNetwork } from "./faulty-network.ts";

const WATCHED_MS = 3_000;
const UNDER_WAY_MS = 200;

test("kafkajs patch: an idle consumer wakes for its fetches only", async (t) => {
	const topic = await createTopic(t, 3);
	const consumer = await createBatchConsumer({
		...kafkaSettings(),
		groupId: randomName(),
		topics: [topic],
		fromBeginning: true,
		concurrency: 1,
		handleBatch: async () => undefined,
	});
	t.after(() => consumer.stop());
	await consumer.ready();

	const timers = countTimers(t);
	const before = process.cpuUsage();
	await sleep(WATCHED_MS);
	const { user, system } = process.cpuUsage(before);

	// Unpatched, each connection sets about 900 timers a second.
	assert.ok(timers.count() < 150, `${timers.count()} timers`);
	assert.ok(
		(user + system) / 1_000 < WATCHED_MS / 4,
		`${(user + system) / 1_000} ms of CPU`,
	);
});

test("kafkajs patch: a disconnect does not wait for ever for an answer that was lost", async (t) => {
	const network = await openFaultyNetwork(t);
	const admin = createKafkaClient(
		{ ...kafkaSettings(), socketFactory: network.socketFactory },
		{ requestTimeoutMs: 500, retries: 0 },
	).admin();
	await admin.connect();
	network.mode = "frozen";
	const refused = assert.rejects(admin.listTopics(), /timed out/);
	await sleep(UNDER_WAY_MS);
	await admin.disconnect();
	await refused;
});

function countTimers(t: { after(fn: () => void): void }) {
	const original = globalThis.setTimeout;
	let count = 0;
	const counting = (...args: Parameters<typeof original>) => {
		count += 1;
		return original(...args);
	};
	globalThis.setTimeout = Object.assign(counting, original) as typeof original;
	t.after(() => {
		globalThis.setTimeout = original;
	});
	return { count: () => count };
}
