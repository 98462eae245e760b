import type { Config } from "../config.ts";
import type { ServerNames } from "../doctor/explain-fault.ts";
import { maskUrl } from "../settings/describe-setting.ts";
import { type TlsAreaName, tlsAreas } from "../settings/tls-areas.ts";

/** Each server's address and settings, by the settings' names, for people who repair a connection. */
export function serverNames(config: Config): Record<TlsAreaName, ServerNames> {
	const { kafka, temporal, mongodb, redis, registry } = config;
	return {
		kafka: {
			...names("kafka", kafka.tls !== undefined),
			address: kafka.brokers.join(","),
			addressSetting: "KAFKA_BOOTSTRAP_SERVERS",
			credentials: [
				"KAFKA_SASL_USERNAME",
				"KAFKA_SASL_PASSWORD",
				"KAFKA_SASL_MECHANISM",
				"KAFKA_SECURITY_PROTOCOL",
			],
		},
		registry: {
			...names("registry", kafka.registryTls !== undefined),
			address: maskUrl(kafka.schemaRegistryUrl ?? ""),
			addressSetting: "KAFKA_SCHEMA_REGISTRY_URL",
			credentials: ["user and password in KAFKA_SCHEMA_REGISTRY_URL"],
		},
		temporal: {
			...names("temporal", temporal.tls !== undefined),
			address: temporal.address,
			addressSetting: "TEMPORAL_HOST",
			credentials: ["TEMPORAL_API_KEY", "TEMPORAL_NAMESPACE"],
		},
		mongodb: {
			...names("mongodb", tlsAreas.mongodb.isOn(mongoSettings(mongodb))),
			address: mongoHosts(mongodb.uri).join(","),
			addressSetting: "MONGODB_URI",
			credentials: ["user and password in MONGODB_URI"],
		},
		redis: {
			...names("redis", redis.tls !== undefined),
			address: redis.nodes.join(","),
			addressSetting: "REDIS_CLUSTER_NODES",
			credentials: ["REDIS_USERNAME", "REDIS_PASSWORD"],
		},
		workers: {
			...names("workers", registry.tls !== undefined),
			address: registry.address ?? "",
			addressSetting: "SERVICE_REGISTRY_HOST",
			credentials: ["SERVICE_REGISTRY_TOKEN"],
		},
	};
}

/** `host:port` of every server that a connection string names. */
export function mongoHosts(uri: string): string[] {
	const [, hosts = ""] =
		/^mongodb(?:\+srv)?:\/\/(?:[^/]*@)?([^/?]+)/.exec(uri) ?? [];
	return hosts.split(",").map((host) => {
		return /:\d+$/.test(host) ? host : `${host}:27017`;
	});
}

function names(area: TlsAreaName, isOn: boolean) {
	const { server, turnedOnBy, ca, certificate, serverName } = tlsAreas[area];
	return {
		server,
		tls: {
			isOn,
			turnedOnBy,
			ca,
			...(certificate === undefined ? {} : { certificate }),
			...(serverName === undefined ? {} : { serverName }),
		},
	};
}

function mongoSettings({ uri, tls }: Config["mongodb"]) {
	return { MONGODB_URI: uri, MONGODB_TLS_ENABLED: tls !== undefined };
}
