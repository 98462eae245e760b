import { loadConfig } from "../src/config.ts";
import { exportHistory } from "../src/prediction/export-history.ts";
import { createEndedAttempts } from "../src/prediction/training-rows.ts";
import { createMongo } from "../src/storage/mongo.ts";
import { createMetrics } from "../src/telemetry/metrics.ts";

// node training/export.ts > history.csv: what training/train.py learns from, by the settings of the service.
const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const config = loadConfig(process.env, process.cwd());
const mongo = createMongo(config.mongodb, { log, metrics: createMetrics() });
const { windowDays } = config.prediction.training;
const toMs = Date.now();
const { tickets } = await createEndedAttempts(mongo).sample({
	...{ fromMs: toMs - windowDays * 86_400_000, toMs },
});
process.stdout.write(exportHistory(tickets));
await mongo.close();
