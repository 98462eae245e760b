import type { KafkaSettings } from "./kafka-client.ts";
import { keepAdmin } from "./kept-admin.ts";

export interface KafkaPing {
	/** Resolves when a broker answers. */
	ping(): Promise<void>;
	close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 2_000;

/** Checks that a Kafka broker answers, over a connection that is kept while it works. */
export function createKafkaPing(settings: KafkaSettings): KafkaPing {
	const { use, close } = keepAdmin(settings, REQUEST_TIMEOUT_MS);
	return {
		async ping() {
			await use((admin) => admin.describeCluster());
		},
		close,
	};
}
