import type { TestContext } from "node:test";
import kafkajs from "kafkajs";
import { patchKafkajs } from "../../src/messaging/kafkajs-patch.ts";
import { brokers, eventually, openAdmin, randomName } from "./broker.ts";

export interface ReadRecord {
	partition: number;
	offset: string;
	key: Buffer | null;
	value: Buffer | null;
	headers: Record<string, string>;
}

/** Everything that is on the topic now. */
export async function readAll(
	t: TestContext,
	topic: string,
): Promise<ReadRecord[]> {
	patchKafkajs();
	const admin = await openAdmin(t);
	const ends = await admin.fetchTopicOffsets(topic);
	const total = ends.reduce(
		(sum, { high, low }) => sum + Number(high) - Number(low),
		0,
	);
	const consumer = new kafkajs.Kafka({
		brokers: brokers(),
		clientId: "reader",
		logLevel: kafkajs.logLevel.NOTHING,
	}).consumer({ groupId: randomName(), maxWaitTimeInMs: 50 });
	const records: ReadRecord[] = [];
	await consumer.subscribe({ topics: [topic], fromBeginning: true });
	await consumer.run({
		eachMessage: async ({ partition, message }) => {
			const headers = Object.entries(message.headers ?? {}).map(
				([name, value]) => [name, String(value)],
			);
			records.push({
				partition,
				offset: message.offset,
				key: message.key,
				value: message.value,
				headers: Object.fromEntries(headers),
			});
		},
	});
	await eventually(
		`${total} records on ${topic}`,
		() => records.length >= total,
	);
	await consumer.disconnect();
	return records;
}
