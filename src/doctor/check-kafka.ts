import { type Check, failed, ok, warning } from "./check.ts";

export interface TopicWish {
	name: string;
	partitions: number;
	retentionMs: number;
	maxMessageBytes: number;
}

export interface TopicFacts {
	partitions: number;
	/** Of the partition with the fewest. */
	replicas: number;
	/** Partitions whose replicas are not all in step. */
	laggingCount: number;
	/** null: we may not ask. */
	config: {
		/** -1: for ever. */
		retentionMs: number;
		maxMessageBytes: number;
		minInsyncReplicas: number;
	} | null;
}

export interface KafkaFacts {
	brokerCount: number;
	/** Topics that exist, by name. */
	topics: ReadonlyMap<string, TopicFacts>;
}

/** Judges the brokers and every topic of ours. */
export function checkKafka(
	facts: KafkaFacts,
	wishes: readonly TopicWish[],
	{
		createTopics,
		isProduction,
	}: { createTopics: boolean; isProduction: boolean },
): Check[] {
	const { brokerCount, topics } = facts;
	const brokers =
		isProduction && brokerCount < 3
			? warning(
					"kafka",
					`${brokerCount} of the 3 brokers a cluster needs to lose one without a loss`,
					"run three brokers, and topics with three replicas",
				)
			: ok("kafka", `${brokerCount} broker${brokerCount === 1 ? "" : "s"}`);
	const faults = wishes.flatMap((wish) => {
		const topic = topics.get(wish.name);
		return topic === undefined
			? [missing(wish, createTopics)]
			: judgeTopic(wish, topic, brokerCount);
	});
	const all = `all ${wishes.length} topics are as they should be`;
	return [brokers, ...(faults.length > 0 ? faults : [ok("kafka topics", all)])];
}

function missing(
	{ name, partitions }: TopicWish,
	createTopics: boolean,
): Check {
	return createTopics
		? warning(
				topicName(name),
				"is missing",
				"the service creates it at start; or run `orchestrator topics apply`",
			)
		: failed(
				topicName(name),
				"is missing, and KAFKA_CREATE_TOPICS is off",
				`run \`orchestrator topics apply\`, or create it with ${partitions} partitions`,
			);
}

function judgeTopic(
	wish: TopicWish,
	topic: TopicFacts,
	brokerCount: number,
): Check[] {
	const name = topicName(wish.name);
	const checks: Check[] = [];
	const warn = (detail: string, remedy: string) =>
		checks.push(warning(name, detail, remedy));
	if (topic.partitions < wish.partitions) {
		warn(
			`has ${topic.partitions} partitions, ${wish.partitions} are meant: so many can be worked on at once`,
			`raise it to ${wish.partitions} while it is quiet: keys move to other partitions`,
		);
	}
	if (topic.laggingCount > 0) {
		warn(
			`${topic.laggingCount} partitions have replicas that are not in step`,
			"see which broker is away or overloaded",
		);
	}
	if (topic.replicas < Math.min(3, brokerCount)) {
		warn(
			`has ${topic.replicas} replicas on ${brokerCount} brokers`,
			"give it three replicas (kafka-reassign-partitions)",
		);
	}
	return [...checks, ...judgeConfig(name, wish, topic)];
}

function judgeConfig(
	name: string,
	wish: TopicWish,
	{ config, replicas }: TopicFacts,
): Check[] {
	if (config === null) return [];
	const { retentionMs, maxMessageBytes, minInsyncReplicas } = config;
	const checks: Check[] = [];
	if (minInsyncReplicas > replicas) {
		checks.push(
			failed(
				name,
				`min.insync.replicas is ${minInsyncReplicas}, but it has ${replicas} replicas: nothing can be written`,
				`set min.insync.replicas to ${Math.max(1, replicas - 1)}`,
			),
		);
	}
	if (maxMessageBytes < wish.maxMessageBytes) {
		checks.push(
			warning(
				name,
				`takes messages of ${maxMessageBytes} bytes, ${wish.maxMessageBytes} can come`,
				`set max.message.bytes to ${wish.maxMessageBytes}`,
			),
		);
	}
	if (retentionMs >= 0 && retentionMs < wish.retentionMs) {
		checks.push(
			warning(
				name,
				`keeps messages ${hours(retentionMs)} h, ${hours(wish.retentionMs)} h are meant: after a longer stop some are lost`,
				`set retention.ms to ${wish.retentionMs}`,
			),
		);
	}
	return checks;
}

function topicName(name: string): string {
	return `kafka topic ${name}`;
}

function hours(ms: number): number {
	return Math.round(ms / 360_000) / 10;
}
