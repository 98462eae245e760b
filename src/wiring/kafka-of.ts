import { hostname } from "node:os";
import type { Config } from "../config.ts";
import type { KafkaSettings } from "../messaging/kafka-client.ts";
import type { Log } from "../messaging/log.ts";
import { createTopicTable, type TopicTable } from "../messaging/topics.ts";

/** How this process speaks with the configured brokers. */
export function kafkaOf(config: Config, log: Log): KafkaSettings {
	const { brokers, tls: ssl, sasl } = config.kafka;
	return {
		brokers,
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
	});
}
