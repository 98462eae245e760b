import type { TestContext } from "node:test";
import { Client, Connection } from "@temporalio/client";
import { createPutDeadLetter } from "../../src/dead-letters/put-dead-letter.ts";
import { createSetAside } from "../../src/dead-letters/set-aside.ts";
import { createJudgeFailure } from "../../src/intake/judge-failure.ts";
import { createCodec } from "../../src/messaging/codec.ts";
import { createBatchConsumer } from "../../src/messaging/consumer.ts";
import { ensureTopics } from "../../src/messaging/ensure-topics.ts";
import { fromText } from "../../src/messaging/outgoing-message.ts";
import { createProducer } from "../../src/messaging/producer.ts";
import {
	createTopicTable,
	type TopicRole,
	type TopicTable,
} from "../../src/messaging/topics.ts";
import type {
	HandleBatch,
	OpenConsumer,
	OutgoingRecord,
	RunningConsumer,
} from "../../src/plans/records.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { kafkaSettings, openAdmin, randomName } from "../messaging/broker.ts";
import { type ReadRecord, readAll } from "../messaging/read-all.ts";
import { eventually } from "./eventually.ts";
import { keepMetrics, silentLog } from "./intake-stand-ins.ts";
import { startPlanWorker } from "./plan-worker.ts";
import { serverAddress } from "./server-address.ts";
import { openTcpProxy } from "./tcp-proxy.ts";

type Message = {
	key?: string;
	value: Buffer | object;
	headers?: Record<string, string>;
};

/** Intake's surroundings: topics of the test's own, the real Temporal behind a proxy, a worker. */
export async function openIntakeWorld(t: TestContext) {
	const topics = createTopicTable({
		prefix: `${randomName()}.`,
		maxPartitions: 2,
	});
	await eventually(() =>
		ensureTopics(kafkaSettings(), ownTopics(topics), { replicationFactor: 1 }),
	);
	const producer = await createProducer({
		...kafkaSettings(),
		compression: "gzip",
	});
	t.after(() => producer.close());
	const { client: direct, taskQueue } = await startPlanWorker(t);
	const temporal = await openTcpProxy(t, serverAddress("TEMPORAL_HOST"));
	const client = await connectThrough(t, temporal.address);
	const plans = createPlanClient({
		client: () => client,
		taskQueue,
		callTimeoutMs: 1_000,
	});
	const metrics = keepMetrics();
	const groupId = randomName();
	const shared = { producer, metrics, log: silentLog };

	return {
		topics,
		producer,
		client: direct,
		taskQueue,
		temporal,
		plans,
		metrics,
		log: silentLog,
		decode: createCodec().decode,
		deadLetters: (
			role: "consensusDlq" | "resultsDlq" | "approvalResponsesDlq",
		) => createPutDeadLetter({ ...shared, topic: topics[role] }),
		setAside: (role: "consensusDlq" | "resultsDlq" | "approvalResponsesDlq") =>
			createSetAside({ ...shared, topic: topics[role] }),
		/** Opens real consumers in groups of this world; `wrap` may stand before their handlers. */
		openConsumer: (wrap: (handle: HandleBatch) => HandleBatch = (h) => h) =>
			createOpenConsumer(groupId, wrap),
		/** The consumer, stopped with the test at the latest. */
		async run<T extends RunningConsumer>(starting: Promise<T>): Promise<T> {
			const consumer = await starting;
			t.after(() => consumer.stop());
			await consumer.ready();
			return consumer;
		},
		async publish(role: TopicRole, messages: readonly Message[]) {
			await producer.send(
				messages.map((message) => toRecord(topics[role].name, message)),
			);
		},
		/** All records of the topic, once there are `count` at least. */
		async read(role: TopicRole, count: number): Promise<ReadRecord[]> {
			const admin = await openAdmin(t);
			const { name } = topics[role];
			await eventually(async () => {
				const ends = await admin.fetchTopicOffsets(name);
				const total = ends.reduce((sum, { high }) => sum + Number(high), 0);
				return total >= count;
			}, 30_000);
			return await readAll(t, name);
		},
		/** Committed offsets of the group, summed up over the topic's partitions. */
		async committed(role: TopicRole, suffix = ""): Promise<number> {
			const admin = await openAdmin(t);
			const [offsets] = await admin.fetchOffsets({
				groupId: groupId + suffix,
				topics: [topics[role].name],
			});
			return (offsets?.partitions ?? []).reduce(
				(sum, { offset }) => sum + Math.max(0, Number(offset)),
				0,
			);
		},
	};
}

export type IntakeWorld = Awaited<ReturnType<typeof openIntakeWorld>>;

/** The JSON of a dead letter. */
export function envelopeOf(record: ReadRecord | undefined) {
	return JSON.parse(String(record?.value)) as {
		reason: string;
		message: string;
		path: string | null;
		original_base64: string | null;
		original_bytes?: number;
		source: { topic: string; partition: number; offset: string };
	};
}

function ownTopics(topics: TopicTable): TopicTable {
	const { consensus, consensusDlq, results } = topics;
	const { resultsRetry, resultsRetry2, resultsRetry3, resultsRetry4 } = topics;
	const { resultsDlq, ticketsDlq } = topics;
	const { approvalResponses, approvalResponsesDlq } = topics;
	return {
		approvalResponses,
		approvalResponsesDlq,
		consensus,
		consensusDlq,
		results,
		resultsRetry,
		resultsRetry2,
		resultsRetry3,
		resultsRetry4,
		resultsDlq,
		ticketsDlq,
	} as unknown as TopicTable;
}

async function connectThrough(
	t: TestContext,
	address: string,
): Promise<Client> {
	const connection = await Connection.connect({
		address,
		channelArgs: {
			"grpc.initial_reconnect_backoff_ms": 100,
			"grpc.max_reconnect_backoff_ms": 500,
		},
	});
	t.after(() => connection.close());
	return new Client({ connection });
}

function createOpenConsumer(
	groupId: string,
	wrap: (handle: HandleBatch) => HandleBatch,
): OpenConsumer {
	return async ({
		groupSuffix,
		topics,
		concurrency = 8,
		handleBatch,
		setAside,
	}) =>
		await createBatchConsumer({
			...kafkaSettings(),
			groupId: groupId + groupSuffix,
			topics,
			concurrency,
			fromBeginning: true,
			firstBackoffMs: 100,
			maxBackoffMs: 500,
			stopGraceMs: 1_000,
			handleBatch: wrap(handleBatch),
			setAside,
			// Whatever seems to be away is.
			judgeFailure: createJudgeFailure({
				maxTries: 1,
				isAnswering: async () => false,
			}),
		});
}

function toRecord(topic: string, message: Message): OutgoingRecord {
	const { key = null, value, headers = {} } = message;
	const bytes = Buffer.isBuffer(value)
		? value
		: Buffer.from(JSON.stringify(value));
	return fromText({ topic, key, value: bytes, headers });
}
