import type { Admin } from "kafkajs";
import { settlesWithin } from "../deadline.ts";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";

export interface KafkaPing {
	/** Resolves when a broker answers. */
	ping(): Promise<void>;
	close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 2_000;

/** Checks that a Kafka broker answers, over a connection that is kept while it works. */
export function createKafkaPing(settings: KafkaSettings): KafkaPing {
	const kafka = createKafkaClient(settings, {
		requestTimeoutMs: 2_000,
		retries: 0,
	});
	let connected: Promise<Admin> | undefined;

	async function connect(): Promise<Admin> {
		const admin = kafka.admin();
		await admin.connect();
		return admin;
	}

	return {
		async ping() {
			connected ??= connect();
			const mine = connected;
			try {
				await (await mine).describeCluster();
			} catch (error) {
				if (connected === mine) connected = undefined;
				await mine.then((admin) => admin.disconnect()).catch(() => undefined);
				throw error;
			}
		},
		async close() {
			const gone = connected?.then((admin) => admin.disconnect());
			// kafkajs may wait for ever for a broker that is away.
			if (gone) await settlesWithin(CLOSE_TIMEOUT_MS, gone);
		},
	};
}
