import assert from "node:assert/strict";
import { test } from "node:test";
import { createBatchConsumer } from "../../src/messaging/consumer.ts";
import { fromText } from "../../src/messaging/outgoing-message.ts";
import { createProducer } from "../../src/messaging/producer.ts";
import {
	createTopic,
	eventually,
	kafkaSettings,
	openAdmin,
	randomName,
} from "./broker.ts";

test("consumer: without commit on return, only what is done is committed, also after the return", async (t) => {
	const topic = await createTopic(t);
	const groupId = randomName();
	const admin = await openAdmin(t);
	const producer = await createProducer({
		...kafkaSettings(),
		compression: "none",
	});
	t.after(() => producer.close());
	const publish = (text: string) =>
		producer.send([fromText({ topic, key: "k", value: Buffer.from(text) })]);

	async function readWith(seen: string[]) {
		let finish: (offset: string) => void = () => {};
		const consumer = await createBatchConsumer({
			...kafkaSettings(),
			groupId,
			topics: [topic],
			fromBeginning: true,
			concurrency: 1,
			commitOnReturn: false,
			async handleBatch({ messages }, { done }) {
				finish = done;
				seen.push(...messages.map(({ value }) => String(value)));
			},
		});
		t.after(() => consumer.stop());
		return { consumer, finish: (offset: string) => finish(offset) };
	}

	await publish("0");
	const first: string[] = [];
	const { consumer, finish } = await readWith(first);
	await eventually("the first message", () => first.length === 1);
	await publish("1");
	await publish("2");
	await eventually("reading goes on before anything is done", () =>
		first.includes("2"),
	);
	finish("1");
	await eventually("what is done is committed", async () => {
		const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
		return offsets?.partitions[0]?.offset === "2";
	});
	await consumer.stop();

	const second: string[] = [];
	await readWith(second);
	await eventually("the rest comes again", () => second.length > 0);
	assert.deepEqual(first, ["0", "1", "2"]);
	assert.deepEqual(second, ["2"]);
});
