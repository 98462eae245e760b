import assert from "node:assert/strict";
import { test } from "node:test";
import kafkajs from "kafkajs";
import { patchKafkajs } from "../../src/messaging/kafkajs-patch.ts";
import { createTopicTable } from "../../src/messaging/topics.ts";
import {
	brokers,
	eventually,
	openAdmin,
	randomName,
} from "../messaging/broker.ts";
import { openAttacker } from "./attacker.ts";
import { craftBomb } from "./bombs.ts";
import type { Codec } from "./record-batch.ts";

const codecs: Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];

test("openAttacker: what is written is on its topic at the places told, in every codec", async (t) => {
	const topics = createTopicTable({
		prefix: `${randomName()}.`,
		maxPartitions: 1,
	});
	const topic = topics.results.name;
	const admin = await openAdmin(t);
	await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
	const attacker = await openAttacker(brokers()[0] as string, topics);
	t.after(() => attacker.close());

	for (const codec of codecs)
		await attacker.send(
			"results",
			codec,
			[
				{ key: Buffer.from([0xff]), value: Buffer.from(codec) },
				{
					value: null,
					headers: [
						["same", Buffer.from("1")],
						["same", null],
					],
				},
			],
			codec,
		);
	const bomb = await craftBomb("zstd", 50_000_000);
	const [placed] = await attacker.sendBatch("results", "bomb", bomb);
	assert.deepEqual(
		attacker.records.map(({ offset }) => offset),
		Array.from({ length: 11 }, (_, at) => String(at)),
	);
	assert.equal(placed?.kind, "result");

	patchKafkajs(1_000_000);
	const seen: (string | undefined)[] = [];
	const consumer = new kafkajs.Kafka({
		brokers: brokers(),
		logLevel: kafkajs.logLevel.NOTHING,
	}).consumer({ groupId: randomName() });
	t.after(() => consumer.disconnect());
	await consumer.connect();
	await consumer.subscribe({ topics: [topic], fromBeginning: true });
	await consumer.run({
		eachMessage: async ({ message: { value } }) =>
			void seen.push(value?.toString()),
	});
	await eventually("all records", () => seen.length >= 11);
	assert.deepEqual(seen, [
		...codecs.flatMap((codec) => [codec, undefined]),
		undefined,
	]);
});

test("openAttacker: what the broker refuses is counted and is no record", async (t) => {
	const topics = createTopicTable({
		prefix: `${randomName()}.`,
		maxPartitions: 1,
	});
	const admin = await openAdmin(t);
	await admin.createTopics({
		topics: [{ topic: topics.results.name, numPartitions: 1 }],
	});
	const attacker = await openAttacker(brokers()[0] as string, topics);
	t.after(() => attacker.close());
	const value = Buffer.alloc(3_000_000, Math.random().toString());
	assert.deepEqual(await attacker.send("results", "large", [{ value }]), []);
	const batch = {
		codec: "gzip",
		count: 2,
		bytes: Buffer.from("no gzip"),
	} as const;
	const times = { firstTimestampMs: Date.now(), maxTimestampMs: Date.now() };
	await attacker.sendBatch("results", "broken", { ...batch, ...times });
	assert.deepEqual(attacker.records, []);
	assert.deepEqual(
		[...attacker.refused],
		[
			["large", 1],
			["broken", 2],
		],
	);
});
