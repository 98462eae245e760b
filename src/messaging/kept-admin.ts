import type { Admin } from "kafkajs";
import { settlesWithin } from "../deadline.ts";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";

/** A connection for questions to Kafka that is kept while it works. */
export interface KeptAdmin {
	/** Rejects with Kafka's or the network's own error; the next use connects anew. */
	use<T>(ask: (admin: Admin) => Promise<T>): Promise<T>;
	close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 2_000;

export function keepAdmin(
	settings: KafkaSettings,
	requestTimeoutMs: number,
): KeptAdmin {
	const kafka = createKafkaClient(settings, { requestTimeoutMs, retries: 0 });
	let connected: Promise<Admin> | undefined;

	async function connect(): Promise<Admin> {
		const admin = kafka.admin();
		await admin.connect();
		return admin;
	}

	/** kafkajs may wait for ever for a broker that is away. */
	async function disconnect(gone: Promise<Admin>): Promise<void> {
		await settlesWithin(
			CLOSE_TIMEOUT_MS,
			gone.then((admin) => admin.disconnect()),
		);
	}

	return {
		async use(ask) {
			connected ??= connect();
			const mine = connected;
			try {
				return await ask(await mine);
			} catch (error) {
				if (connected === mine) connected = undefined;
				await disconnect(mine);
				throw error;
			}
		},
		async close() {
			if (connected) await disconnect(connected);
		},
	};
}
