import { hostname } from "node:os";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { GroupTopics } from "../messaging/inspect-groups.ts";
import type { KafkaSettings } from "../messaging/kafka-client.ts";
import {
	createTopicTable,
	deadLetterTopics,
	retryTopics,
	type TopicTable,
} from "../messaging/topics.ts";

/** The Kafka settings of this process. */
export function kafkaOf(config: Config, log: Log): KafkaSettings {
	const { brokers, tls: ssl, sasl, maxBatchBytes } = config.kafka;
	return {
		brokers,
		maxBatchBytes,
		...(ssl === undefined ? {} : { ssl }),
		...(sasl === undefined ? {} : { sasl }),
		clientId: `${config.service.name}-${hostname()}-${process.pid}`,
		log,
	};
}

/** The topics under their configured names. */
export function topicsOf({ kafka }: Config): TopicTable {
	return createTopicTable({
		prefix: kafka.topicPrefix,
		consensus: kafka.consensusTopic,
		tickets: kafka.ticketsTopic,
		approvalRequests: kafka.approvalRequestsTopic,
		approvalResponses: kafka.approvalResponsesTopic,
		slaAlerts: kafka.slaAlertsTopic,
		slaViolations: kafka.slaViolationsTopic,
		allocationOutcomes: kafka.outcomesTopic,
	});
}

/** The consumer groups of intake and their topics. */
export function consumerGroups(config: Config): GroupTopics[] {
	const topics = topicsOf(config);
	const group = (suffix: string, ...names: string[]) => ({
		groupId: `${config.kafka.groupId}${suffix}`,
		topics: names,
	});
	return [
		group("", topics.consensus.name),
		group("-results", topics.results.name, topics.ticketsDlq.name),
		group("-results-retry", ...retryTopics(topics)),
		group("-approvals", topics.approvalResponses.name),
		group("-dead-letters", ...deadLetterTopics(topics).map(({ name }) => name)),
	];
}
