import { createMongo } from "../src/storage/mongo.ts";
import { createMetrics } from "../src/telemetry/metrics.ts";
import { openModels } from "../src/wiring/open-models.ts";
import type { BenchWorld } from "./bench-world.ts";
import { quietLog } from "./quiet-log.ts";

/** A database of the service, and the models that are registered in it. */
export function openRegistry({ stack }: BenchWorld, database: string) {
	const uri = stack.env.MONGODB_URI as string;
	const context = { log: quietLog, metrics: createMetrics() };
	const mongo = createMongo({ uri, database }, context);
	const config = {
		service: { environment: "bench" },
		prediction: { auditRetentionDays: 1 },
	} as never;
	return { mongo, ...openModels({ config, mongo }) };
}
