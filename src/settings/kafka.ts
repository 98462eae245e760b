import { Type } from "typebox";
import { flag, hostList, topicName } from "./setting.ts";

/** Kafka and the schema registry. */
export const kafkaSettings = {
	KAFKA_BOOTSTRAP_SERVERS: Type.String({
		pattern: hostList,
		rule: "host:port, several separated by commas",
		description: "Kafka brokers",
		example: "kafka-1:9092,kafka-2:9092",
	}),
	KAFKA_CONSUMER_GROUP_ID: topicName(
		"orchestrator-dynamic",
		"Consumer group of the decisions; the other consumers add a suffix to it",
	),
	KAFKA_CONSENSUS_TOPIC: topicName(
		"plans.consensus",
		"Topic of the consolidated decisions",
	),
	KAFKA_TICKETS_TOPIC: topicName(
		"execution.tickets",
		"Topic of the execution tickets",
	),
	KAFKA_TOPIC_PREFIX: Type.Optional(
		Type.String({
			pattern: "^[A-Za-z0-9._-]{1,100}$",
			rule: "letters, digits, dot, underscore, hyphen",
			description: "Put before every topic name; for tests that share a broker",
			example: "test1.",
		}),
	),
	KAFKA_SCHEMA_REGISTRY_URL: Type.Optional(
		Type.String({
			pattern: "^https?://\\S+$",
			rule: "an http or https URL",
			secret: "inside",
			description:
				"Confluent schema registry; without it Avro messages cannot be read and tickets go out as JSON",
			example: "http://schema-registry:8081",
		}),
	),
	KAFKA_COMPRESSION: Type.Enum(["gzip", "none"], {
		default: "gzip",
		description: "Compression of what is produced; every codec is read",
		example: "gzip",
	}),
	KAFKA_CREATE_TOPICS: flag(true, "Create missing topics at start"),
	KAFKA_TOPIC_REPLICATION_FACTOR: Type.Integer({
		minimum: -1,
		maximum: 32_767,
		default: -1,
		description: "Replicas of created topics; -1 takes the broker's default",
		example: "3",
	}),
};
