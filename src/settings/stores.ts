import { Type } from "typebox";
import {
	count,
	flag,
	hostList,
	optionalText,
	pemFile,
	secret,
} from "./setting.ts";

/** MongoDB and Redis. */
export const storeSettings = {
	MONGODB_URI: Type.String({
		pattern: "^mongodb(\\+srv)?://\\S+$",
		rule: "a MongoDB connection string",
		secret: "inside",
		description: "MongoDB: audit trail and read model",
		example: "mongodb://mongodb:27017",
	}),
	MONGODB_DATABASE: Type.String({
		pattern: '^[^/\\\\. "$*<>:|?\\u0000]{1,63}$',
		rule: "a MongoDB database name",
		default: "neural_hive_orchestration",
		description: "MongoDB database",
		example: "neural_hive_orchestration",
	}),
	MONGODB_MAX_POOL_SIZE: count(
		20,
		500,
		"Connections this process keeps to MongoDB at most",
	),
	MONGODB_TLS_ENABLED: flag(
		false,
		"Speak TLS with MongoDB; the connection string may ask for it as well",
	),
	MONGODB_TLS_CA_LOCATION: pemFile(
		"Authorities that MongoDB's certificate is checked with; without it those Node.js trusts",
		"/etc/tls/mongodb/ca.crt",
	),
	MONGODB_TLS_CERTIFICATE_LOCATION: pemFile(
		"Our own certificate, for MongoDB servers that ask for one",
		"/etc/tls/mongodb/tls.crt",
	),
	MONGODB_TLS_KEY_LOCATION: pemFile(
		"Key of MONGODB_TLS_CERTIFICATE_LOCATION",
		"/etc/tls/mongodb/tls.key",
	),
	EVENT_STREAM_LENGTH: count(
		20_000,
		10_000_000,
		"Entries the stream of changes behind GET /events keeps in Redis, of 50 changes each at most; a reader that was away for longer begins anew",
		100,
	),
	REDIS_CLUSTER_NODES: Type.String({
		pattern: hostList,
		rule: "host:port, several separated by commas",
		description:
			"Redis: cache, and the state of the worker registry. One address is a single server, several are a cluster",
		example: "redis:6379",
	}),
	REDIS_USERNAME: optionalText(
		"User of Redis, when it has others than its default user",
		"orchestrator",
	),
	REDIS_PASSWORD: secret("Password of Redis"),
	REDIS_SSL_ENABLED: flag(false, "Speak TLS with Redis"),
	REDIS_SSL_CA_LOCATION: pemFile(
		"Authorities that Redis's certificate is checked with; without it those Node.js trusts",
		"/etc/tls/redis/ca.crt",
	),
	REDIS_SSL_CERTIFICATE_LOCATION: pemFile(
		"Our own certificate, for Redis servers that ask for one",
		"/etc/tls/redis/tls.crt",
	),
	REDIS_SSL_KEY_LOCATION: pemFile(
		"Key of REDIS_SSL_CERTIFICATE_LOCATION",
		"/etc/tls/redis/tls.key",
	),
	REDIS_SSL_SERVER_NAME: optionalText(
		"Name in Redis's certificate when it is not the host's",
		"redis.example.com",
	),
};
