import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createBatchConsumer } from "../../src/messaging/consumer.ts";
import { createTopic, kafkaSettings, randomName } from "./broker.ts";

const WATCHED_MS = 3_000;

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
