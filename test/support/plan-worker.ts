import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import { Client, Connection } from "@temporalio/client";
import {
	bundleWorkflowCode,
	DefaultLogger,
	Runtime,
	Worker,
	type WorkflowBundle,
} from "@temporalio/worker";
import { ensureSearchAttributes } from "../../src/temporal/ensure-search-attributes.ts";
import { openNativeConnection } from "./native-connection.ts";
import { serverAddress } from "./server-address.ts";

const logger = new DefaultLogger("ERROR");
let bundle: Promise<WorkflowBundle> | undefined;

export interface PlanWorker {
	client: Client;
	taskQueue: string;
}

/** A client and a queue of its own on the real server; without `worker` nobody works on the queue. */
export async function openTemporal(t: TestContext): Promise<PlanWorker> {
	const connection = await Connection.connect({
		address: serverAddress("TEMPORAL_HOST"),
	});
	t.after(() => connection.close());
	await ensureSearchAttributes(connection, "default");
	const client = new Client({ connection });
	return { client, taskQueue: `test-${randomUUID()}` };
}

/** A worker that runs the stand-in of `plan-workflow.ts` on a queue of its own until the test ends. */
export async function startPlanWorker(t: TestContext): Promise<PlanWorker> {
	const { client, taskQueue } = await openTemporal(t);
	if (bundle === undefined) Runtime.install({ logger });
	const connection = await openNativeConnection();
	const worker = await Worker.create({
		connection,
		taskQueue,
		workflowBundle: await bundleStandIn(),
	});
	const run = worker.run();
	t.after(async () => {
		worker.shutdown();
		await run;
	});
	return { client, taskQueue };
}

/** Bundled once a process: it takes a second. */
async function bundleStandIn(): Promise<WorkflowBundle> {
	bundle ??= bundleWorkflowCode({
		workflowsPath: createRequire(import.meta.url).resolve("./plan-workflow.ts"),
		logger,
	});
	return await bundle;
}
