import assert from "node:assert/strict";
import { test } from "node:test";
import type { SkippedRecords } from "../../src/plans/records.ts";
import { createTopic, eventually, openAdmin, randomName } from "./broker.ts";
import { committed, openConsumer } from "./open-consumer.ts";
import { numbers, publish } from "./publish.ts";
import { codecWriters, writeCompressed } from "./write-compressed.ts";

const MB = 1_048_576;

test("set aside: a message that can never be handled does not hold its partition", async (t) => {
	const topic = await createTopic(t);
	const groupId = randomName();
	await publish(topic, numbers(100));
	const seen: string[] = [];
	const skipped: SkippedRecords[] = [];
	let outages = 0;
	await openConsumer(t, {
		topics: [topic],
		groupId,
		async handleBatch({ messages }) {
			const texts = messages.map(({ value }) => String(value));
			if (texts.includes("17")) throw new RangeError("a bug of ours");
			if (texts.includes("40") && outages < 3) {
				outages += 1;
				throw new Error("away");
			}
			seen.push(...texts);
		},
		judgeFailure: async (error) =>
			error instanceof RangeError ? "never" : "again",
		setAside: async (range) => void skipped.push(range),
	});
	await eventually(
		"all committed",
		async () => (await committed(t, groupId, topic))[0] === 100,
	);
	assert.deepEqual(
		seen,
		numbers(100).filter((text) => text !== "17"),
	);
	assert.equal(outages, 3);
	const [{ record, ...range } = {}, ...others] = skipped;
	assert.deepEqual(others, []);
	assert.equal(record?.value?.toString(), "17");
	assert.deepEqual(range, {
		topic,
		partition: 0,
		firstOffset: "17",
		lastOffset: "17",
		code: "SET_ASIDE",
		message: "it cannot be handled, now or later: a bug of ours",
	});
});

test("set aside: tries of one message are counted, also over failures to write it down", async (t) => {
	const topic = await createTopic(t);
	await publish(topic, ["a"]);
	const tries: number[] = [];
	const skipped: string[] = [];
	let isRefused = false;
	await openConsumer(t, {
		topics: [topic],
		maxBackoffMs: 50,
		handleBatch: async () => {
			throw new Error("away, it says");
		},
		async judgeFailure(_, count) {
			tries.push(count);
			return count < 4 ? "again" : "never";
		},
		async setAside({ firstOffset }) {
			if (!isRefused) {
				isRefused = true;
				throw new Error("kafka is away as well");
			}
			skipped.push(firstOffset);
		},
	});
	await eventually("set aside", () => skipped.length > 0);
	assert.deepEqual(tries, [1, 2, 3, 4, 5]);
	assert.deepEqual(skipped, ["0"]);
});

for (const [name, writer] of Object.entries(codecWriters)) {
	test(`set aside: a small batch in ${name} that is huge when it is read is set aside`, async (t) => {
		const topic = await createTopic(t);
		const groupId = randomName();
		await publish(topic, ["before"]);
		await writeCompressed(topic, ["a", "x".repeat(6 * MB), "c"], writer);
		await publish(topic, ["after"]);
		const seen: string[] = [];
		const skipped: SkippedRecords[] = [];
		await openConsumer(t, {
			topics: [topic],
			groupId,
			maxBatchBytes: 2 * MB,
			handleBatch: async ({ messages }) =>
				void seen.push(...messages.map(({ value }) => String(value))),
			setAside: async (range) => void skipped.push(range),
		});
		await eventually(
			"all committed",
			async () => (await committed(t, groupId, topic))[0] === 5,
		);
		assert.deepEqual(seen, ["before", "after"]);
		assert.deepEqual(
			skipped.map(({ code, firstOffset, lastOffset, record }) => [
				...[code, firstOffset, lastOffset, record],
			]),
			[["BATCH_TOO_LARGE", "1", "3", undefined]],
		);
		assert.ok((skipped[0]?.bytes ?? 0) < MB);
	});
}

test("set aside: records that Kafka deleted before they were read are named, before anything is read behind them", async (t) => {
	const topic = await createTopic(t);
	const groupId = randomName();
	await publish(topic, numbers(10));
	const first = await openConsumer(t, {
		topics: [topic],
		groupId,
		handleBatch: async ({ messages: [message] }, { done, signal }) => {
			if (message?.offset === "0") done("2");
			await new Promise((resolve) => signal.addEventListener("abort", resolve));
			throw signal.reason;
		},
	});
	await eventually(
		"three committed",
		async () => (await committed(t, groupId, topic))[0] === 3,
	);
	await first.stop();
	const admin = await openAdmin(t);
	// kafkajs knows where the topic is once it was asked for it.
	await admin.fetchTopicOffsets(topic);
	await admin.deleteTopicRecords({
		topic,
		partitions: [{ partition: 0, offset: "8" }],
	});

	const events: string[] = [];
	let refusals = 0;
	const again = await openConsumer(t, {
		topics: [topic],
		groupId,
		handleBatch: async ({ messages }) =>
			void events.push(...messages.map(({ value }) => String(value))),
		async setAside({ code, firstOffset, lastOffset, message }) {
			refusals += 1;
			if (refusals === 1) throw new Error("cannot be written down yet");
			events.push(`${code} ${firstOffset}-${lastOffset}`);
			assert.match(message, /^5 records, offsets 3 to 7, were deleted/);
		},
	});
	await eventually("the rest", () => events.includes("9"));
	assert.deepEqual(events, ["RECORDS_DELETED 3-7", "8", "9"]);
	await again.stop();

	// Once it is told, it is told no more.
	await publish(topic, ["last"]);
	await openConsumer(t, {
		topics: [topic],
		groupId,
		handleBatch: async ({ messages }) =>
			void events.push(...messages.map(({ value }) => String(value))),
		setAside: async ({ code }) => void events.push(code),
	});
	await eventually("the last", () => events.includes("last"));
	assert.equal(events.length, 4);
});
