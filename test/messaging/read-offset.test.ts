import assert from "node:assert/strict";
import { test } from "node:test";
import { createOffsetReader } from "../../src/messaging/read-offset.ts";
import { createTopic, kafkaSettings, openAdmin, randomName } from "./broker.ts";
import { openFaultyNetwork } from "./faulty-network.ts";
import { openProducer } from "./open-producer.ts";
import { numbers, publish } from "./publish.ts";
import { codecWriters, writeCompressed } from "./write-compressed.ts";

test("read offset: the record that lies there, whole, also in the middle of a batch", async (t) => {
	const topic = await createTopic(t, 2);
	const producer = await openProducer(t);
	const key = Buffer.from([0xff, 1]);
	const headers = [{ name: "h", value: Buffer.from([0xfe]) }];
	const sent = Array.from({ length: 50 }, (_, n) => ({
		...{ topic, key, headers },
		value: Buffer.from(String(n)),
	}));
	const positions = await producer.send(sent);
	const reader = createOffsetReader(kafkaSettings());
	t.after(() => reader.close());
	for (const n of [0, 33, 49]) {
		const reading = await reader.read(positions[n] as (typeof positions)[0]);
		assert.equal(reading.kind, "record");
		if (reading.kind !== "record") continue;
		const { record } = reading;
		assert.deepEqual(
			{ key: record.key, value: String(record.value), headers: record.headers },
			{ key, value: String(n), headers },
		);
	}
});

test("read offset: says why there is nothing", async (t) => {
	const topic = await createTopic(t);
	await publish(topic, numbers(5));
	await writeCompressed(topic, ["x".repeat(3_000_000)], codecWriters.zstd);
	const admin = await openAdmin(t);
	await admin.fetchTopicOffsets(topic);
	await admin.deleteTopicRecords({
		topic,
		partitions: [{ partition: 0, offset: "2" }],
	});
	const reader = createOffsetReader({
		...kafkaSettings(),
		maxBatchBytes: 1_048_576,
	});
	t.after(() => reader.close());
	const why = async (place: object) => {
		const at = { topic, partition: 0, offset: "0", ...place };
		const reading = await reader.read(at);
		return reading.kind === "none" ? reading.why : "a record";
	};
	assert.match(await why({}), /^offset 0 of .* cannot be read: Kafka has del/);
	assert.equal(await why({ offset: "3" }), "a record");
	assert.match(await why({ offset: "5" }), /takes more than 1048576 bytes/);
	assert.match(await why({ offset: "99" }), /cannot be read/);
	assert.match(await why({ partition: 7 }), /no such partition/);
	assert.match(await why({ topic: randomName() }), /cannot be read/);
});

test("read offset: while Kafka is away it says so, and reads again afterwards", async (t) => {
	const topic = await createTopic(t);
	await publish(topic, ["a"]);
	const network = await openFaultyNetwork(t);
	const reader = createOffsetReader({
		...kafkaSettings(),
		socketFactory: network.socketFactory,
	});
	t.after(() => reader.close());
	const place = { topic, partition: 0, offset: "0" };
	network.mode = "away";
	await assert.rejects(reader.read(place), { code: "PUBLISH_UNCONFIRMED" });
	network.mode = "up";
	assert.equal((await reader.read(place)).kind, "record");
});
