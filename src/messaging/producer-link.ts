import kafkajs, {
	type ICustomPartitioner,
	type IHeaders,
	type Producer as KafkaProducer,
	type Message,
	type RecordMetadata,
	type TopicMessages,
} from "kafkajs";
import { settlesWithin } from "../deadline.ts";
import type { OutgoingRecord } from "../plans/records.ts";
import { createPartitioner } from "./choose-partition.ts";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";
import type { RecordPosition } from "./outgoing-message.ts";

/** One idempotent kafkajs producer at a time, made when needed. */
export interface ProducerLink {
	/** Sends one request; returns the positions in the order of the input. Must not be called concurrently. */
	send(messages: readonly OutgoingRecord[]): Promise<RecordPosition[]>;
	/** The next request gets a fresh producer with an id and sequence numbers of its own. */
	renew(): void;
	/** Bounded in time. */
	close(): Promise<void>;
}

/** A broker that accepts a request and never answers delays the queue by this long. */
const REQUEST_TIMEOUT_MS = 10_000;
/** The broker gives up waiting for replicas before we give up waiting for the broker. */
const ACKS_TIMEOUT_MS = 8_000;
const DISCONNECT_TIMEOUT_MS = 3_000;

/** Connects with the first request, not before. */
export function createProducerLink(
	settings: KafkaSettings,
	compression: "gzip" | "none",
): ProducerLink {
	const kafka = createKafkaClient(settings, {
		requestTimeoutMs: REQUEST_TIMEOUT_MS,
		retries: 1,
	});
	const partitions = new WeakMap<Message, number>();
	const createPartitioner = rememberPartitions(partitions);
	let producer: KafkaProducer | undefined;
	let connected = false;

	async function connect(): Promise<KafkaProducer> {
		producer ??= kafka.producer({
			idempotent: true,
			allowAutoTopicCreation: false,
			createPartitioner,
			retry: { retries: 1 },
		});
		const connecting = producer;
		if (!connected) await connecting.connect();
		connected = true;
		return connecting;
	}

	async function drop(): Promise<void> {
		const dropped = producer;
		producer = undefined;
		connected = false;
		// A disconnect may wait for a request that never returns.
		if (dropped)
			await settlesWithin(DISCONNECT_TIMEOUT_MS, dropped.disconnect());
	}

	return {
		async send(messages) {
			const records = messages.map(toRecord);
			const acknowledged = await (await connect()).sendBatch({
				topicMessages: groupByTopic(messages, records),
				acks: -1,
				timeout: ACKS_TIMEOUT_MS,
				compression:
					compression === "gzip"
						? kafkajs.CompressionTypes.GZIP
						: kafkajs.CompressionTypes.None,
			});
			return positionsOf(messages, records, partitions, acknowledged);
		},
		renew: () => void drop(),
		close: drop,
	};
}

/** Our own encoder takes the headers as the list they are, see `kafkajs-patch.ts`. */
function toRecord({ key, value, headers, partition }: OutgoingRecord): Message {
	return {
		key,
		value,
		headers: headers as unknown as IHeaders,
		...(partition !== undefined && { partition }),
	};
}

function groupByTopic(
	messages: readonly OutgoingRecord[],
	records: readonly Message[],
): TopicMessages[] {
	const byTopic = new Map<string, Message[]>();
	for (const [index, { topic }] of messages.entries()) {
		const group = byTopic.get(topic) ?? [];
		group.push(records[index] as Message);
		byTopic.set(topic, group);
	}
	return [...byTopic].map(([topic, messages]) => ({ topic, messages }));
}

/**
 * Remembers the chosen partition: a message without a key keeps it when kafkajs retries, and we learn where
 * it went.
 */
function rememberPartitions(
	partitions: WeakMap<Message, number>,
): ICustomPartitioner {
	return () => {
		const choose = createPartitioner();
		return (input) => {
			const partition =
				partitions.get(input.message) ??
				input.message.partition ??
				choose(input);
			partitions.set(input.message, partition);
			return partition;
		};
	};
}

/** The broker names the first offset of each partition; the others follow in the order of the input. */
function positionsOf(
	messages: readonly OutgoingRecord[],
	records: readonly Message[],
	partitions: WeakMap<Message, number>,
	acknowledged: readonly RecordMetadata[],
): RecordPosition[] {
	const nextOffsets = new Map(
		acknowledged.map(({ topicName, partition, baseOffset }) => [
			`${topicName}/${partition}`,
			BigInt(baseOffset ?? -1),
		]),
	);
	return messages.map(({ topic }, index) => {
		const partition = partitions.get(records[index] as Message) ?? -1;
		const place = `${topic}/${partition}`;
		const offset = nextOffsets.get(place);
		if (offset === undefined || offset < 0n) {
			throw new Error(
				`the broker did not say where the message for ${topic} is`,
			);
		}
		nextOffsets.set(place, offset + 1n);
		return { topic, partition, offset: String(offset) };
	});
}
