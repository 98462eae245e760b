import type { ConnectionOptions } from "node:tls";
import kafkajs, {
	type ISocketFactory,
	type Kafka,
	type KafkaConfig,
	type LogEntry,
	type SASLOptions,
} from "kafkajs";
import type { Log } from "../log.ts";
import { registerCompressionCodecs } from "./compression-codecs.ts";
import { patchKafkajs } from "./kafkajs-patch.ts";

export interface KafkaSettings {
	/** `host:port`, at least one. */
	brokers: readonly string[];
	clientId: string;
	log: Log;
	ssl?: boolean | ConnectionOptions;
	sasl?: SaslSettings;
	/**
	 * Memory that the records of one batch, or of one fetch, may take; one value for the process. Default 64 MB.
	 */
	maxBatchBytes?: number;
	/** Opens the connections; tests add network faults here. */
	socketFactory?: ISocketFactory;
}

export interface SaslSettings {
	mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
	username: string;
	password: string;
}

export interface ClientTuning {
	requestTimeoutMs: number;
	/** How often kafkajs retries by itself before it reports an error. */
	retries: number;
}

const CONNECTION_TIMEOUT_MS = 3_000;
/** During an outage kafkajs logs the same line at every attempt; one line in this time is enough. */
const REPEATED_LOG_MS = 10_000;

/** A kafkajs client with our corrections and our log; not connected yet. */
export function createKafkaClient(
	settings: KafkaSettings,
	{ requestTimeoutMs, retries }: ClientTuning,
): Kafka {
	patchKafkajs(settings.maxBatchBytes);
	registerCompressionCodecs();
	const config: KafkaConfig = {
		brokers: [...settings.brokers],
		clientId: settings.clientId,
		connectionTimeout: CONNECTION_TIMEOUT_MS,
		requestTimeout: requestTimeoutMs,
		retry: { retries, initialRetryTime: 100, maxRetryTime: 2_000 },
		logLevel: kafkajs.logLevel.WARN,
		logCreator: () => createLogBridge(settings.log),
	};
	if (settings.ssl !== undefined) config.ssl = settings.ssl;
	if (settings.sasl !== undefined) config.sasl = settings.sasl as SASLOptions;
	if (settings.socketFactory !== undefined) {
		config.socketFactory = settings.socketFactory;
	}
	return new kafkajs.Kafka(config);
}

/**
 * kafkajs logs failures that it retries as errors: for us they are warnings. Our own code logs the errors
 * that matter.
 */
function createLogBridge(log: Log): (entry: LogEntry) => void {
	const saidAtMs = new Map<string, number>();
	return ({
		namespace,
		log: { message, timestamp: _, logger: __, ...fields },
	}) => {
		// We limit kafkajs's retries on purpose and retry ourselves.
		if (message.startsWith("Limiting retries")) return;
		const nowMs = Date.now();
		if (nowMs - (saidAtMs.get(message) ?? 0) < REPEATED_LOG_MS) return;
		if (saidAtMs.size >= 100) saidAtMs.clear();
		saidAtMs.set(message, nowMs);
		const { stack: ___, ...rest } = fields as Record<string, unknown>;
		log.warn({ kafkajs: namespace, ...rest }, `kafkajs: ${message}`);
	};
}
