import { randomUUID } from "node:crypto";
import { createCodec } from "../../../src/messaging/codec.ts";
import { createBatchConsumer } from "../../../src/messaging/consumer.ts";
import type { KafkaSettings } from "../../../src/messaging/kafka-client.ts";
import type { TopicRole, TopicTable } from "../../../src/messaging/topics.ts";
import { headersByName } from "../../support/headers-by-name.ts";

/** One record as any other consumer sees it. */
export interface TopicRecord {
	key: string | null;
	headers: Record<string, string>;
	/** Parsed JSON or Avro; what can be neither stays text. */
	body: Record<string, unknown>;
	/** `topic/partition/offset`. */
	place: string;
}

/** Everything on the topics from their beginning on, growing as they grow. */
export interface TopicRecords {
	on(role: ReadRole): readonly TopicRecord[];
	stop(): Promise<void>;
}

const readRoles = [
	"consensusDlq",
	"tickets",
	"ticketsDlq",
	"results",
	"resultsDlq",
	"telemetry",
	"incidents",
	"approvalRequests",
	"slaAlerts",
	"slaViolations",
] as const satisfies TopicRole[];
export type ReadRole = (typeof readRoles)[number];

/** Reads what the service and the agents write. */
export async function openTopicRecords(
	kafka: KafkaSettings,
	topics: TopicTable,
	registryUrl: string | undefined,
): Promise<TopicRecords> {
	const codec = createCodec(registryUrl ? { registryUrl } : {});
	const records = new Map<string, TopicRecord[]>(
		readRoles.map((role) => [topics[role].name, []]),
	);
	const consumer = await createBatchConsumer({
		...kafka,
		groupId: `reader-${randomUUID()}`,
		topics: [...records.keys()],
		fromBeginning: true,
		concurrency: 8,
		async handleBatch({ topic, partition, messages }) {
			for (const { key, value, headers, offset } of messages) {
				const text = String(value);
				const body = await codec
					.decode(value ?? Buffer.alloc(0))
					.catch(() => ({ text }));
				records.get(topic)?.push({
					key: key === null ? null : String(key),
					headers: headersByName(headers),
					body: body as Record<string, unknown>,
					place: `${topic}/${partition}/${offset}`,
				});
			}
		},
	});
	await consumer.ready();
	return {
		on: (role) => records.get(topics[role].name) ?? [],
		stop: () => consumer.stop(),
	};
}
