import type { TestContext } from "node:test";
import { fromText } from "../../src/messaging/outgoing-message.ts";
import {
	createProducer,
	type Producer,
	type ProducerSettings,
} from "../../src/messaging/producer.ts";
import type { OutgoingRecord } from "../../src/plans/records.ts";
import { kafkaSettings } from "./broker.ts";

/** A producer that is closed at the end of the test. */
export async function openProducer(
	t: TestContext,
	settings: Partial<ProducerSettings> = {},
): Promise<Producer> {
	const producer = await createProducer({
		...kafkaSettings(),
		compression: "gzip",
		...settings,
	});
	t.after(() => producer.close());
	return producer;
}

/** A message of this text with two headers, one beyond ASCII. */
export function message(
	topic: string,
	text: string,
	key: string | null = null,
): OutgoingRecord {
	return fromText({
		topic,
		key,
		value: Buffer.from(text),
		headers: { "plan-id": "ä", n: text.slice(0, 8) },
	});
}
