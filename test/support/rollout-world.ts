import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { Client, Connection } from "@temporalio/client";
import { Worker, type WorkflowBundle } from "@temporalio/worker";
import {
	createRolloutActivities,
	type RolloutDeps,
} from "../../activities/rollout.ts";
import type { RolloutEventRecord } from "../../schemas/rollout-event.ts";
import type { HttpSide } from "../../src/domain/rollout/names.ts";
import type { ReleaseRouting } from "../../src/domain/rollout/routing.ts";
import { createRolloutClient } from "../../src/rollout/client.ts";
import { createRolloutStore } from "../../src/rollout/store.ts";
import { bundleWorkflows } from "../../src/temporal/bundle-workflows.ts";
import { createFailureInterceptor } from "../../src/temporal/failure-interceptor.ts";
import { dataConverter } from "../../src/temporal/payload-codec.ts";
import { openNativeConnection } from "./native-connection.ts";
import { openTraffic, type Traffic } from "./rollout-traffic.ts";
import { serverAddress } from "./server-address.ts";
import { openMongo } from "./stores.ts";

let bundle: Promise<WorkflowBundle> | undefined;
const retryWaits = { initialMs: 200, coefficient: 2, maxMs: 2_000 };

/** The controller on a real Temporal and a real MongoDB, over an engine of the test's own with simulated plans. */
export async function openRolloutWorld(
	t: Pick<TestContext, "after">,
	traffic: Traffic = openTraffic(t),
	more: Partial<RolloutDeps> = {},
) {
	bundle ??= bundleWorkflows();
	// Before the store is closed: hooks run in their order.
	let stop = async () => {};
	t.after(() => stop());
	const { mongo } = await openMongo(t);
	const store = createRolloutStore(mongo);
	const taskQueue = `test-${randomUUID()}`;
	const deployment = `test-${randomUUID()}`;
	const connection = await Connection.connect({
		address: serverAddress("TEMPORAL_HOST"),
	});
	const temporal = new Client({ connection, dataConverter });
	const published: RolloutEventRecord[] = [];
	const releases: ReleaseRouting[] = [];
	const http = { side: "blue" as HttpSide };
	const activities = createRolloutActivities({
		...{ engine: traffic.engine, outcomes: traffic, looks: store, store },
		budgetBurnsFast: async () => false,
		release: { writeRelease: async (body) => void releases.push(body) },
		publisher: {
			publishRolloutEvents: async (events) => void published.push(...events),
		},
		httpSwitch: {
			current: async () => http.side,
			switchTo: async (side) => {
				http.side = side;
			},
			check: async () => ({ healthy: true, detail: "" }),
		},
		...more,
	});
	async function startWorker() {
		const worker = await Worker.create({
			connection: await openNativeConnection(),
			...{ taskQueue, activities, dataConverter },
			workflowBundle: await (bundle as Promise<WorkflowBundle>),
			interceptors: { activity: [createFailureInterceptor(retryWaits)] },
			shutdownGraceTime: "1s",
			shutdownForceTime: "10s",
		});
		const running = worker.run();
		return async () => {
			worker.shutdown();
			await running;
		};
	}
	let stopWorker = await startWorker();
	const client = createRolloutClient({
		...{ client: () => temporal, store, taskQueue },
	});
	const handle = temporal.workflow.getHandle(`rollout:${deployment}`);
	stop = async () => {
		await handle.terminate("the test is over").catch(() => "it had ended");
		await stopWorker();
		await connection.close();
	};
	return {
		...{ client, store, temporal, taskQueue, deployment, traffic },
		...{ handle, published, releases, http },
		async restartWorker() {
			await stopWorker();
			stopWorker = await startWorker();
		},
	};
}
