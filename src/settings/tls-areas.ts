import type { Settings } from "../config-schema.ts";

type SettingName = keyof Settings;

/** Which settings say how one server is spoken to over TLS. */
export interface TlsArea {
	/** The server, for people. */
	server: string;
	/** Whether TLS is spoken. */
	isOn(settings: Partial<Settings>): boolean;
	/** The setting that turns it on: `REDIS_SSL_ENABLED=true`. */
	turnedOnBy: string;
	/** Names the file of the authorities that the server's certificate is checked with. */
	ca: SettingName;
	/** Names the files of our own certificate and its key. */
	certificate?: SettingName;
	key?: SettingName;
	/** The name that the server's certificate must carry when it is not the host's. */
	serverName?: SettingName;
}

export type TlsAreaName =
	| "kafka"
	| "registry"
	| "temporal"
	| "mongodb"
	| "redis"
	| "workers";

/** Every server that can be spoken to over TLS. */
export const tlsAreas: Readonly<Record<TlsAreaName, TlsArea>> = {
	kafka: {
		server: "Kafka",
		isOn: ({ KAFKA_SECURITY_PROTOCOL = "" }) =>
			KAFKA_SECURITY_PROTOCOL.endsWith("SSL"),
		turnedOnBy: "KAFKA_SECURITY_PROTOCOL=SSL or SASL_SSL",
		ca: "KAFKA_SSL_CA_LOCATION",
		certificate: "KAFKA_SSL_CERTIFICATE_LOCATION",
		key: "KAFKA_SSL_KEY_LOCATION",
		serverName: "KAFKA_SSL_SERVER_NAME",
	},
	registry: {
		server: "the schema registry",
		isOn: ({ KAFKA_SCHEMA_REGISTRY_URL = "" }) =>
			KAFKA_SCHEMA_REGISTRY_URL.startsWith("https:"),
		turnedOnBy: "an https address in KAFKA_SCHEMA_REGISTRY_URL",
		ca: "SCHEMA_REGISTRY_CA_BUNDLE",
	},
	temporal: {
		server: "Temporal",
		isOn: ({ TEMPORAL_TLS_ENABLED = false }) => TEMPORAL_TLS_ENABLED,
		turnedOnBy: "TEMPORAL_TLS_ENABLED=true",
		ca: "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
		certificate: "TEMPORAL_TLS_CLIENT_CERT_PATH",
		key: "TEMPORAL_TLS_CLIENT_KEY_PATH",
		serverName: "TEMPORAL_TLS_SERVER_NAME",
	},
	mongodb: {
		server: "MongoDB",
		isOn: ({ MONGODB_TLS_ENABLED = false, MONGODB_URI = "" }) =>
			MONGODB_TLS_ENABLED ||
			/^mongodb\+srv:|[?&](tls|ssl)=true/.test(MONGODB_URI),
		turnedOnBy: "MONGODB_TLS_ENABLED=true",
		ca: "MONGODB_TLS_CA_LOCATION",
		certificate: "MONGODB_TLS_CERTIFICATE_LOCATION",
		key: "MONGODB_TLS_KEY_LOCATION",
	},
	redis: {
		server: "Redis",
		isOn: ({ REDIS_SSL_ENABLED = false }) => REDIS_SSL_ENABLED,
		turnedOnBy: "REDIS_SSL_ENABLED=true",
		ca: "REDIS_SSL_CA_LOCATION",
		certificate: "REDIS_SSL_CERTIFICATE_LOCATION",
		key: "REDIS_SSL_KEY_LOCATION",
		serverName: "REDIS_SSL_SERVER_NAME",
	},
	workers: {
		server: "the worker registry",
		isOn: ({ SERVICE_REGISTRY_TLS_ENABLED = false }) =>
			SERVICE_REGISTRY_TLS_ENABLED,
		turnedOnBy: "SERVICE_REGISTRY_TLS_ENABLED=true",
		ca: "SERVICE_REGISTRY_CA_LOCATION",
		certificate: "SERVICE_REGISTRY_CERTIFICATE_LOCATION",
		key: "SERVICE_REGISTRY_KEY_LOCATION",
		serverName: "SERVICE_REGISTRY_SERVER_NAME",
	},
};

/** The settings of an area that have a meaning only while TLS is spoken. */
export function tlsOnly({
	ca,
	certificate,
	key,
	serverName,
}: TlsArea): SettingName[] {
	return [ca, certificate, key, serverName].filter(
		(name) => name !== undefined,
	);
}
