import type { TestContext } from "node:test";
import {
	type BatchConsumer,
	type BatchConsumerSettings,
	createBatchConsumer,
} from "../../src/messaging/consumer.ts";
import { kafkaSettings, openAdmin, randomName } from "./broker.ts";

type Settings = Pick<BatchConsumerSettings, "topics" | "handleBatch"> &
	Partial<BatchConsumerSettings>;

/** A consumer of a group of its own, quick to retry and to stop; stopped at the end of the test. */
export async function openConsumer(
	t: TestContext,
	settings: Settings,
): Promise<BatchConsumer> {
	const consumer = await createBatchConsumer({
		...kafkaSettings(),
		groupId: randomName(),
		fromBeginning: true,
		concurrency: 4,
		firstBackoffMs: 50,
		stopGraceMs: 300,
		...settings,
	});
	t.after(() => consumer.stop());
	return consumer;
}

/** The offsets that a group has committed, by partition; -1 where it has none. */
export async function committed(
	t: TestContext,
	groupId: string,
	topic: string,
): Promise<number[]> {
	const admin = await openAdmin(t);
	const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
	return (offsets?.partitions ?? [])
		.toSorted((a, b) => a.partition - b.partition)
		.map(({ offset }) => Number(offset));
}
