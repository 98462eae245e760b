import { fromText } from "../../src/messaging/outgoing-message.ts";
import { createProducer } from "../../src/messaging/producer.ts";
import { kafkaSettings } from "./broker.ts";

/** Puts the texts on the topic, all with the same key; resolves once they are acknowledged. */
export async function publish(
	topic: string,
	texts: string[],
	key = "k",
): Promise<void> {
	const producer = await createProducer({
		...kafkaSettings(),
		compression: "gzip",
	});
	await producer.send(
		texts.map((text) =>
			fromText({ topic, key: `${key}`, value: Buffer.from(text) }),
		),
	);
	await producer.close();
}

/** As many texts, counting up from the first. */
export function numbers(count: number, from = 0): string[] {
	return Array.from({ length: count }, (_, n) => String(n + from));
}

/** Keys that the default partitioner puts into these partitions of a topic with as many partitions. */
export async function keysOfPartitions(
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
			fromText({ topic, key: `k${n}`, value: Buffer.from("probe") }),
		]);
		keys[position?.partition ?? 0] ??= `k${n}`;
	}
	await producer.close();
	return keys;
}
