import { randomUUID } from "node:crypto";
import { createCodec } from "../src/messaging/codec.ts";
import {
	createBatchConsumer,
	type IncomingMessage,
} from "../src/messaging/consumer.ts";
import {
	createKafkaClient,
	type KafkaSettings,
} from "../src/messaging/kafka-client.ts";
import type { TopicTable } from "../src/messaging/topics.ts";
import {
	createEvidenceByPlan,
	type Evidence,
	type EvidenceByPlan,
} from "./evidence.ts";

/** Reads the topics beside the service, as any other consumer would. */
export interface Witness {
	evidenceOf(planId: string): Evidence;
	/** Resolves once everything that is on the topics at the time of the call has been read. */
	caughtUp(signal: AbortSignal): Promise<void>;
	stop(): Promise<void>;
}

export interface WitnessOptions {
	kafka: KafkaSettings;
	topics: Pick<TopicTable, "consensus" | "tickets" | "telemetry" | "slaAlerts">;
	registryUrl?: string | undefined;
}

const POLL_MS = 50;

/** Reads decisions, tickets, telemetry and alerts from the beginning of their topics. */
export async function openWitness({
	kafka,
	topics,
	registryUrl,
}: WitnessOptions): Promise<Witness> {
	const codec = createCodec(registryUrl ? { registryUrl } : {});
	const evidence = createEvidenceByPlan();
	const note = createNotes(evidence, topics);
	const { consensus, tickets, telemetry, slaAlerts } = topics;
	const names = [consensus, tickets, telemetry, slaAlerts].map(
		({ name }) => name,
	);
	/** By topic and partition: the offset that is read next. */
	const positions = new Map<string, bigint>();
	const consumer = await createBatchConsumer({
		...kafka,
		groupId: `witness-${randomUUID()}`,
		topics: names,
		fromBeginning: true,
		concurrency: 4,
		async handleBatch({ topic, partition, messages }) {
			for (const message of messages) {
				note(topic, await read(message, codec.decode), message.timestampMs);
				const next = BigInt(message.offset) + 1n;
				positions.set(`${topic}/${partition}`, next);
			}
		},
	});
	await consumer.ready();

	return {
		evidenceOf: evidence.of,
		async caughtUp(signal) {
			const ends = await readEnds(kafka, names);
			const isBehind = () =>
				ends.some(({ place, end }) => (positions.get(place) ?? 0n) < end);
			while (isBehind()) {
				signal.throwIfAborted();
				await new Promise((resolve) => setTimeout(resolve, POLL_MS));
			}
		},
		stop: () => consumer.stop(),
	};
}

/** Ends of the partitions that hold anything. */
async function readEnds(
	kafka: KafkaSettings,
	topics: readonly string[],
): Promise<{ place: string; end: bigint }[]> {
	const tuning = { requestTimeoutMs: 10_000, retries: 3 };
	const admin = createKafkaClient(kafka, tuning).admin();
	await admin.connect();
	try {
		const all = await Promise.all(
			topics.map(async (topic) => {
				const offsets = await admin.fetchTopicOffsets(topic);
				return offsets
					.filter(({ high, low }) => BigInt(high) > BigInt(low))
					.map(({ partition, high }) => ({
						place: `${topic}/${partition}`,
						end: BigInt(high),
					}));
			}),
		);
		return all.flat();
	} finally {
		await admin.disconnect();
	}
}

/** undefined: a record that nobody can read says nothing of a plan. */
async function read(
	{ value }: IncomingMessage,
	decode: (value: Buffer) => Promise<unknown>,
): Promise<unknown> {
	if (value === null) return undefined;
	return await decode(value).catch(() => undefined);
}

function createNotes(
	evidence: EvidenceByPlan,
	topics: WitnessOptions["topics"],
) {
	return (topic: string, body: unknown, atMs: number): void => {
		const planId = (body as { plan_id?: unknown } | undefined)?.plan_id;
		if (typeof planId !== "string") return;
		if (topic === topics.consensus.name) evidence.decision(planId, atMs);
		else if (topic === topics.tickets.name) evidence.ticket(body, atMs);
		else if (topic === topics.slaAlerts.name) evidence.alert(body, atMs);
		else evidence.frame(body, atMs);
	};
}
