import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";
import type { TopicSpec, TopicTable } from "./topics.ts";

/** A topic's wanted and actual state. */
export interface TopicState {
	topic: string;
	/** `different`: the topic exists, and `differences` names what this service would have set otherwise. */
	state: "there" | "missing" | "different";
	partitions: number | null;
	/** Copies of every partition. */
	replicas: number | null;
	differences: string[];
}

const REQUEST_TIMEOUT_MS = 10_000;
const RETRIES = 2;

/** Compares every topic of the table with the brokers'. Changes nothing; rejects when Kafka does not answer. */
export async function checkTopics(
	settings: KafkaSettings,
	table: TopicTable,
): Promise<TopicState[]> {
	const admin = createKafkaClient(settings, {
		requestTimeoutMs: REQUEST_TIMEOUT_MS,
		retries: RETRIES,
	}).admin();
	try {
		await admin.connect();
		const existing = new Set(await admin.listTopics());
		const wanted = Object.values(table);
		const there = wanted.filter(({ name }) => existing.has(name));
		const { topics } = await admin.fetchTopicMetadata({
			topics: there.map(({ name }) => name),
		});
		const configs = await describeConfigs(admin, there);
		return wanted.map((spec) => {
			const found = topics.find(({ name }) => name === spec.name);
			if (found === undefined || !existing.has(spec.name)) {
				return {
					topic: spec.name,
					state: "missing",
					partitions: null,
					replicas: null,
					differences: [],
				};
			}
			const { partitions } = found;
			const differences = compare(
				spec,
				partitions.length,
				configs.get(spec.name) ?? new Map(),
			);
			return {
				topic: spec.name,
				state: differences.length > 0 ? "different" : "there",
				partitions: partitions.length,
				replicas: partitions[0]?.replicas.length ?? 0,
				differences,
			};
		});
	} finally {
		await admin.disconnect().catch(() => undefined);
	}
}

type Admin = ReturnType<ReturnType<typeof createKafkaClient>["admin"]>;
type Configs = Map<string, Map<string, string>>;

const TOPIC_RESOURCE = 2;

async function describeConfigs(
	admin: Admin,
	topics: readonly TopicSpec[],
): Promise<Configs> {
	if (topics.length === 0) return new Map();
	const { resources } = await admin.describeConfigs({
		includeSynonyms: false,
		resources: topics.map(({ name }) => ({ type: TOPIC_RESOURCE, name })),
	});
	return new Map(
		resources.map(({ resourceName, configEntries }) => [
			resourceName,
			new Map(
				configEntries.map(({ configName, configValue }) => [
					configName,
					configValue,
				]),
			),
		]),
	);
}

/** A larger value than wanted is no fault: only differences that could lose or refuse messages are named. */
function compare(
	spec: TopicSpec,
	partitions: number,
	config: Map<string, string>,
): string[] {
	const differences: string[] = [];
	if (partitions < spec.partitions) {
		differences.push(`partitions ${partitions}, not ${spec.partitions}`);
	}
	const size = Number(config.get("max.message.bytes"));
	if (size < spec.maxMessageBytes) {
		differences.push(`max.message.bytes ${size}, not ${spec.maxMessageBytes}`);
	}
	const keptMs = Number(config.get("retention.ms"));
	if (keptMs >= 0 && keptMs < spec.retentionMs) {
		differences.push(`retention.ms ${keptMs}, not ${spec.retentionMs}`);
	}
	const cleanup = config.get("cleanup.policy");
	if (cleanup !== undefined && cleanup !== spec.cleanup) {
		differences.push(`cleanup.policy ${cleanup}, not ${spec.cleanup}`);
	}
	return differences;
}
