import { fileURLToPath } from "node:url";
import {
	bundleWorkflowCode,
	DefaultLogger,
	type InjectedSinks,
	type LogEntry,
	NativeConnection,
	Runtime,
	Worker,
	type WorkflowBundleWithSourceMap,
} from "@temporalio/worker";
import type { Activities } from "../../activities/index.ts";
import type { PlanSinks } from "../../workflows/plan-sinks.ts";
import {
	connectionOptions,
	type TemporalAddress,
} from "./connection-options.ts";
import { failureInterceptor } from "./failure-interceptor.ts";
import { compressionCodec } from "./payload-codec.ts";

export interface PlanWorkerOptions {
	connection: TemporalAddress;
	namespace: string;
	taskQueue: string;
	identity: string;
	/** Plans kept in memory between two workflow tasks; more are replayed when something happens to them. */
	maxCachedWorkflows: number;
	shutdownGraceMs: number;
	activities: Activities;
	sinks: InjectedSinks<PlanSinks>;
	log: WorkerLog;
}

export interface WorkerLog {
	info(fields: object, message: string): void;
	warn(fields: object, message: string): void;
	error(fields: object, message: string): void;
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
	routeSdkLog(options.log);
	const connection = await NativeConnection.connect(
		connectionOptions(options.connection),
	);
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

let isLogRouted = false;

/** The SDK's own lines join ours; its log is one a process. */
function routeSdkLog(log: WorkerLog): void {
	if (isLogRouted) return;
	isLogRouted = true;
	Runtime.install({
		logger: new DefaultLogger("WARN", (entry) => writeSdkEntry(log, entry)),
		telemetryOptions: { logging: { forward: {}, filter: "WARN" } },
	});
}

function writeSdkEntry(log: WorkerLog, { level, message, meta }: LogEntry) {
	const write = level === "ERROR" ? log.error : log.warn;
	const { error, workflowId, activityType, attempt, taskQueue } = meta ?? {};
	write.call(
		log,
		{
			sdk: true,
			workflow_id: workflowId,
			activity: activityType,
			attempt,
			taskQueue,
			error,
		},
		message,
	);
}

/** Webpack's progress is nobody's business; its problems are. */
const quietLogger = new DefaultLogger("WARN");
