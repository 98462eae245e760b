import type { KafkaMessage } from "kafkajs";
import { settlesWithin } from "../deadline.ts";
import type { RecordSource } from "../domain/plan-run.ts";
import { hasCode, OrchestratorError } from "../errors.ts";
import { type IncomingMessage, toIncomingMessage } from "./incoming-message.ts";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";

/** The record at one offset, or a sentence why it cannot be read any more. */
export type OffsetReading =
	| { kind: "record"; record: IncomingMessage }
	| { kind: "none"; why: string };

export interface OffsetReader {
	/** Throws PUBLISH_UNCONFIRMED when Kafka does not answer. */
	read(place: RecordSource): Promise<OffsetReading>;
	/** Bounded in time. */
	close(): Promise<void>;
}

/** The part of kafkajs's cluster that is used; its consumers read in groups only. */
interface Cluster {
	connect(): Promise<void>;
	disconnect(): Promise<void>;
	addTargetTopic(topic: string): Promise<void>;
	refreshMetadata(): Promise<void>;
	findTopicPartitionMetadata(
		topic: string,
	): { partitionId: number; leader: number }[];
	findBroker(node: { nodeId: string }): Promise<Broker>;
}

interface Broker {
	fetch(request: {
		isolationLevel: number;
		maxWaitTime: number;
		minBytes: number;
		maxBytes: number;
		topics: object[];
	}): Promise<{
		responses: { partitions: { messages: KafkaMessage[] }[] }[];
	}>;
}

const REQUEST_TIMEOUT_MS = 10_000;
const WAIT_MS = 500;
/** The broker answers with the first batch, however large it is. */
const MAX_BYTES = 65_536;
const CLOSE_TIMEOUT_MS = 2_000;
const READ_UNCOMMITTED = 0;
/** Errors that mean that the record does not exist any more. */
const nothingThere = new Set([
	"OFFSET_OUT_OF_RANGE",
	"UNKNOWN_TOPIC_OR_PARTITION",
]);

/** Reads single records by topic, partition and offset, without a group. Connects with the first read. */
export function createOffsetReader(settings: KafkaSettings): OffsetReader {
	let connected: Promise<Cluster> | undefined;

	async function connect(): Promise<Cluster> {
		const cluster = createCluster(settings);
		await cluster.connect();
		return cluster;
	}

	async function drop(): Promise<void> {
		const dropped = connected;
		connected = undefined;
		await dropped
			?.then((cluster) => cluster.disconnect())
			.catch(() => undefined);
	}

	return {
		async read(place) {
			try {
				connected ??= connect();
				return await readOffset(await connected, place);
			} catch (cause) {
				if (isNothingThere(cause)) return noneAt(place, "Kafka has deleted it");
				await drop();
				if (hasCode(cause, "PUBLISH_UNCONFIRMED")) throw cause;
				throw new OrchestratorError(
					"PUBLISH_UNCONFIRMED",
					`cannot read ${nameOf(place)}: ${cause instanceof Error ? cause.message : cause}`,
					{ cause },
				);
			}
		},
		async close() {
			await settlesWithin(CLOSE_TIMEOUT_MS, drop());
		},
	};
}

/** kafkajs hides its cluster factory behind a private symbol. */
function createCluster(settings: KafkaSettings): Cluster {
	const kafka = createKafkaClient(settings, {
		requestTimeoutMs: REQUEST_TIMEOUT_MS,
		retries: 1,
	});
	const key = Object.getOwnPropertySymbols(kafka).find(
		({ description }) => description === "private:Kafka:createCluster",
	);
	const makers = kafka as unknown as Record<
		symbol,
		(options: object) => Cluster
	>;
	return (makers[key as symbol] as (options: object) => Cluster)({
		allowAutoTopicCreation: false,
		metadataMaxAge: 0,
	});
}

async function readOffset(
	cluster: Cluster,
	place: RecordSource,
): Promise<OffsetReading> {
	const { topic, partition, offset } = place;
	await cluster.addTargetTopic(topic);
	await cluster.refreshMetadata();
	const found = cluster
		.findTopicPartitionMetadata(topic)
		.find(({ partitionId }) => partitionId === partition);
	if (found === undefined) return noneAt(place, "there is no such partition");
	const broker = await cluster.findBroker({ nodeId: String(found.leader) });
	const { responses } = await broker.fetch({
		isolationLevel: READ_UNCOMMITTED,
		maxWaitTime: WAIT_MS,
		minBytes: 1,
		maxBytes: MAX_BYTES,
		topics: [
			{
				topic,
				partitions: [{ partition, fetchOffset: offset, maxBytes: MAX_BYTES }],
			},
		],
	});
	const records = (responses[0]?.partitions[0]?.messages ?? []).map((message) =>
		toIncomingMessage(topic, partition, message),
	);
	const wanted = BigInt(offset);
	const next = records.find((record) => BigInt(record.offset) >= wanted);
	if (next?.unread !== undefined) return noneAt(place, next.unread.message);
	if (next === undefined || BigInt(next.offset) !== wanted)
		return noneAt(place, "there is no record any more");
	return { kind: "record", record: next };
}

function isNothingThere(error: unknown): boolean {
	const { type } = error as { type?: unknown };
	return nothingThere.has(String(type));
}

function noneAt(place: RecordSource, why: string): OffsetReading {
	return { kind: "none", why: `${nameOf(place)} cannot be read: ${why}` };
}

function nameOf({ topic, partition, offset }: RecordSource): string {
	return `offset ${offset} of ${topic}, partition ${partition},`;
}
