import { Type } from "typebox";
import {
	flag,
	hostList,
	optionalText,
	pemFile,
	secret,
	topicName,
} from "./setting.ts";

/** Kafka and the schema registry. */
export const kafkaSettings = {
	KAFKA_BOOTSTRAP_SERVERS: Type.String({
		pattern: hostList,
		rule: "host:port, several separated by commas",
		description: "Kafka brokers",
		example: "kafka-1:9092,kafka-2:9092",
	}),
	KAFKA_SECURITY_PROTOCOL: Type.Enum(
		["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
		{
			default: "PLAINTEXT",
			description:
				"How Kafka is spoken to: SSL encrypts, SASL sends user and password",
			example: "PLAINTEXT",
		},
	),
	KAFKA_SASL_MECHANISM: Type.Enum(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], {
		default: "SCRAM-SHA-512",
		description: "How user and password are proved to Kafka",
		example: "SCRAM-SHA-512",
	}),
	KAFKA_SASL_USERNAME: optionalText("User of Kafka", "orchestrator"),
	KAFKA_SASL_PASSWORD: secret("Password of Kafka"),
	KAFKA_SSL_CA_LOCATION: pemFile(
		"Authorities that the brokers' certificates are checked with; without it those Node.js trusts",
		"/etc/tls/kafka/ca.crt",
	),
	KAFKA_SSL_CERTIFICATE_LOCATION: pemFile(
		"Our own certificate, for brokers that ask for one",
		"/etc/tls/kafka/tls.crt",
	),
	KAFKA_SSL_KEY_LOCATION: pemFile(
		"Key of KAFKA_SSL_CERTIFICATE_LOCATION",
		"/etc/tls/kafka/tls.key",
	),
	KAFKA_SSL_SERVER_NAME: optionalText(
		"Name in the brokers' certificates when it is not the host's",
		"kafka.example.com",
	),
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
	APPROVAL_REQUESTS_TOPIC: topicName(
		"cognitive-plans-approval-requests",
		"Topic on which persons are asked to approve a plan",
	),
	APPROVAL_REQUESTS_FORMAT: Type.Enum(["json", "avro"], {
		default: "json",
		description:
			"How those requests go out: json with everything that is known, or avro as the plan alone, which approval services read that have a registry; avro needs KAFKA_SCHEMA_REGISTRY_URL",
		example: "json",
	}),
	APPROVAL_RESPONSES_TOPIC: topicName(
		"cognitive-plans-approval-responses",
		"Topic of their answers",
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
	SCHEMA_REGISTRY_CA_BUNDLE: pemFile(
		"Authorities that the registry's certificate is checked with; without it those Node.js trusts",
		"/etc/tls/registry/ca.crt",
	),
	KAFKA_COMPRESSION: Type.Enum(["gzip", "none"], {
		default: "gzip",
		description: "Compression of produced messages; every codec can be read",
		example: "gzip",
	}),
	KAFKA_MAX_BATCH_BYTES: Type.Integer({
		minimum: 1_048_576,
		maximum: 1_073_741_824,
		default: 67_108_864,
		description:
			"Memory that the records of one Kafka batch may take when it is decompressed; a larger one is set aside as a dead letter that refers to it",
		example: "67108864",
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
