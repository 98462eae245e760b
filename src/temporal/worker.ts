import { fileURLToPath } from "node:url";
import {
	bundleWorkflowCode,
	type InjectedSinks,
	NativeConnection,
	Worker,
	type WorkflowBundleWithSourceMap,
} from "@temporalio/worker";
import type { Activities } from "../../activities/index.ts";
import type { PlanSinks } from "../../workflows/plan-sinks.ts";
import { failureInterceptor } from "./failure-interceptor.ts";
import { compressionCodec } from "./payload-codec.ts";

export interface PlanWorkerOptions {
	address: string;
	namespace: string;
	taskQueue: string;
	identity: string;
	/** Plans kept in memory between two workflow tasks; more are replayed when something happens to them. */
	maxCachedWorkflows: number;
	shutdownGraceMs: number;
	activities: Activities;
	sinks: InjectedSinks<PlanSinks>;
}

export interface PlanWorker {
	/** Settles when the worker has stopped; rejects when it stopped by itself. */
	stopped: Promise<void>;
	stop(): Promise<void>;
}

const workflowsPath = fileURLToPath(
	new URL("../../workflows/index.ts", import.meta.url),
);

/** The workflow code as the worker runs it; about a second of work. */
export async function bundleWorkflows(): Promise<WorkflowBundleWithSourceMap> {
	return await bundleWorkflowCode({ workflowsPath, logger: quietLogger });
}

/** Runs plans and their activities until it is stopped. */
export async function startPlanWorker(
	options: PlanWorkerOptions,
): Promise<PlanWorker> {
	const connection = await NativeConnection.connect({
		address: options.address,
	});
	const worker = await Worker.create({
		connection,
		namespace: options.namespace,
		taskQueue: options.taskQueue,
		identity: options.identity,
		workflowBundle: await bundleWorkflows(),
		activities: options.activities,
		sinks: options.sinks,
		dataConverter: { payloadCodecs: [compressionCodec] },
		interceptors: { activity: [() => ({ inbound: failureInterceptor })] },
		maxCachedWorkflows: options.maxCachedWorkflows,
		shutdownGraceTime: options.shutdownGraceMs,
		shutdownForceTime: options.shutdownGraceMs + 10_000,
	});
	const stopped = worker.run().finally(() => connection.close());
	return {
		stopped,
		async stop() {
			if (worker.getState() === "RUNNING") worker.shutdown();
			await stopped;
		},
	};
}

const silent = () => {};
const quietLogger = {
	log: silent,
	trace: silent,
	debug: silent,
	info: silent,
	warn: console.warn,
	error: console.error,
};
