import { randomUUID } from "node:crypto";
import kafkajs, { type Admin, type Kafka } from "kafkajs";
import { eventually } from "../support/eventually.ts";
import type { Place } from "./evidence.ts";

/** One record as it lies on its topic. */
export interface TopicRecord extends Place {
	key: string | null;
	/** null as well on topics whose values nobody asked for. */
	value: Buffer | null;
	headers: Readonly<Record<string, string>>;
	atMs: number;
}

/** `topic/partition` -> offset of the next record. */
export type Ends = ReadonlyMap<string, number>;

/** The largest fault leaves 750 MB. */
const READ_TIMEOUT_MS = 300_000;

/** Where each topic ends now. */
export async function findEnds(
	admin: Admin,
	topics: readonly string[],
): Promise<Ends> {
	const ends = new Map<string, number>();
	for (const topic of topics) {
		for (const { partition, high } of await admin.fetchTopicOffsets(topic))
			ends.set(`${topic}/${partition}`, Number(high));
	}
	return ends;
}

/** Which records are read. */
export interface TopicRange {
	topics: readonly string[];
	from: Ends;
	to: Ends;
	/** Topics whose values are kept: those of decisions alone may be 750 MB. */
	valuesOf: ReadonlySet<string>;
}

/** Everything on the topics from `from` to `to`, read afresh with a group of its own. */
export async function readTopics(
	kafka: Kafka,
	{ topics, from, to, valuesOf }: TopicRange,
): Promise<TopicRecord[]> {
	const missing = new Map(
		[...to].flatMap(([name, end]) => {
			const start = from.get(name) ?? 0;
			return end > start ? [[name, end] as const] : [];
		}),
	);
	const records: TopicRecord[] = [];
	if (missing.size === 0) return records;
	const consumer = kafka.consumer({
		groupId: `chaos-reader-${randomUUID()}`,
		maxWaitTimeInMs: 50,
	});
	await consumer.connect();
	await consumer.subscribe({ topics: [...topics], fromBeginning: true });
	await consumer.run({
		autoCommit: false,
		eachBatchAutoResolve: true,
		eachBatch: async ({ batch: { topic, partition, messages } }) => {
			const name = `${topic}/${partition}`;
			const start = from.get(name) ?? 0;
			for (const message of messages) {
				const offset = Number(message.offset);
				if (offset < start || offset >= (to.get(name) ?? 0)) continue;
				records.push({
					topic,
					partition,
					offset: message.offset,
					key: message.key?.toString() ?? null,
					value: valuesOf.has(topic) ? message.value : null,
					headers: Object.fromEntries(
						Object.entries(message.headers ?? {}).map(([key, value]) => [
							key,
							String(value),
						]),
					),
					atMs: Number(message.timestamp),
				});
			}
			const last = Number(messages.at(-1)?.offset ?? -1);
			if (last + 1 >= (missing.get(name) ?? Infinity)) missing.delete(name);
		},
	});
	for (const name of missing.keys()) {
		const cut = name.lastIndexOf("/");
		consumer.seek({
			topic: name.slice(0, cut),
			partition: Number(name.slice(cut + 1)),
			offset: String(from.get(name) ?? 0),
		});
	}
	try {
		await eventually(() => missing.size === 0, READ_TIMEOUT_MS);
	} finally {
		await consumer.disconnect();
	}
	return records;
}

/** A plain client for looking from outside. */
export function openKafka(brokers: readonly string[]): Kafka {
	return new kafkajs.Kafka({
		brokers: [...brokers],
		clientId: "chaos-harness",
		logLevel: kafkajs.logLevel.NOTHING,
		retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 1_000 },
	});
}
