// The floor's worker, a process of its own like the service's: Temporal's settings and our producer, no more.
import { createRequire } from "node:module";
import {
	bundleWorkflowCode,
	DefaultLogger,
	NativeConnection,
	Runtime,
	Worker,
} from "@temporalio/worker";
import { createProducer } from "../src/messaging/producer.ts";
import { FLOOR_TOPIC } from "./bench-topics.ts";
import "./end-with-parent.ts";
import { FLOOR_TASK_QUEUE } from "./floor.ts";
import { quietLog } from "./quiet-log.ts";

const logger = new DefaultLogger("ERROR");
Runtime.install({ logger });
const producer = await createProducer({
	brokers: [process.env.KAFKA_BOOTSTRAP_SERVERS as string],
	clientId: "bench-floor",
	compression: "gzip",
	log: quietLog,
});
const connection = await NativeConnection.connect({
	address: process.env.TEMPORAL_HOST as string,
});
const message = {
	topic: FLOOR_TOPIC,
	key: null,
	value: Buffer.from("floor"),
	headers: [],
};
const worker = await Worker.create({
	connection,
	taskQueue: FLOOR_TASK_QUEUE,
	workflowBundle: await bundleWorkflowCode({
		workflowsPath: createRequire(import.meta.url).resolve(
			"./floor-workflow.ts",
		),
		logger,
	}),
	activities: {
		async publish() {
			await producer.send([message]);
		},
	},
});
process.on("SIGTERM", () => worker.shutdown());
process.send?.("ready");
await worker.run();
await producer.close();
await connection.close();
process.exit(0);
