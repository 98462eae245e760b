import { Type } from "typebox";
import { count, flag, hostList, secret } from "./setting.ts";

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
	REDIS_CLUSTER_NODES: Type.String({
		pattern: hostList,
		rule: "host:port, several separated by commas",
		description:
			"Redis: cache and worker directory. One address is a single server, several are a cluster",
		example: "redis:6379",
	}),
	REDIS_PASSWORD: secret("Password of Redis"),
	REDIS_SSL_ENABLED: flag(false, "Speak TLS with Redis"),
};
