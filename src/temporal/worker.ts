import {
	DefaultLogger,
	type InjectedSinks,
	type LogEntry,
	NativeConnection,
	Runtime,
	Worker,
	type WorkerOptions,
} from "@temporalio/worker";
import type { PlanSinks } from "../../workflows/plan-sinks.ts";
import { OrchestratorError } from "../errors.ts";
import type { Log } from "../log.ts";
import { type BuildVersion, versionMessage } from "./build-version.ts";
import { bundleWorkflows } from "./bundle-workflows.ts";
import {
	connectionOptions,
	type TemporalAddress,
} from "./connection-options.ts";
import {
	createFailureInterceptor,
	type RetryWaits,
} from "./failure-interceptor.ts";
import { dataConverter } from "./payload-codec.ts";
import { traceActivities } from "./trace-activities.ts";
import {
	measuredSdkVersions,
	sdkVersion,
	withLeanWorkflowThread,
} from "./workflow-thread.ts";

/** A workflow task of a plan of 5,000 tasks takes about a second; Temporal gives up waiting for one after ten. */
const WORKFLOW_LIMIT_MS = 30_000;
/**
 * Pollers that wait at the server, and the share of them for plans that this worker does not have in its
 * cache. The SDK's 10 and 0.2 leave two for those: a new plan that finds no waiting poller is written to the
 * task queue's table and read back.
 */
const WORKFLOW_TASK_POLLS = 20;
const NEW_PLANS_POLL_RATIO = 0.6;

export interface PlanWorkerOptions {
	connection: TemporalAddress;
	namespace: string;
	taskQueue: string;
	identity: string;
	/** Plans kept in memory between two workflow tasks; more are replayed when something happens to them. */
	maxCachedWorkflows: number;
	/**
	 * The SDK's own guard of workflow code (workflow-thread.ts); without it, workflow code that never returns
	 * ends the worker.
	 */
	guardWorkflows: boolean;
	/** The build that this worker runs; without it, its plans belong to no build. */
	version?: BuildVersion | undefined;
	shutdownGraceMs: number;
	retryWaits: RetryWaits;
	activities: object;
	sinks: InjectedSinks<PlanSinks>;
	log: Log;
	/** Where the SDK shows its metrics (`host:port`); without it, it counts nothing. */
	metricsAddress?: string;
}

export interface PlanWorker {
	/** Settles when the worker has stopped; rejects when it stopped by itself. */
	stopped: Promise<void>;
	stop(): Promise<void>;
}

/** What any worker needs. */
type WorkerNeeds = Pick<
	PlanWorkerOptions,
	| "connection"
	| "namespace"
	| "taskQueue"
	| "identity"
	| "shutdownGraceMs"
	| "retryWaits"
	| "activities"
	| "log"
	| "metricsAddress"
>;

/** Runs activities alone, one at a time, until it is stopped. */
export async function startActivityWorker(
	options: WorkerNeeds,
): Promise<PlanWorker> {
	const settings = await connect(options);
	const worker = await Worker.create({
		...settings,
		maxConcurrentActivityTaskExecutions: 1,
		shutdownGraceTime: 1_000,
		shutdownForceTime: options.shutdownGraceMs,
	});
	return run(worker, settings.connection);
}

/** Runs plans and their activities until it is stopped. */
export async function startPlanWorker(
	options: PlanWorkerOptions,
): Promise<PlanWorker> {
	const needed = await connect(options);
	const settings: WorkerOptions = {
		...needed,
		workflowBundle: await bundleWorkflows(),
		sinks: options.sinks,
		maxCachedWorkflows: options.maxCachedWorkflows,
		maxConcurrentWorkflowTaskPolls: WORKFLOW_TASK_POLLS,
		nonStickyToStickyPollRatio: NEW_PLANS_POLL_RATIO,
		// How long a plan waits for a dead worker before another takes it; the default of 10 s is too long.
		stickyQueueScheduleToStartTimeout: "5s",
		...(options.version && versioned(options.version)),
		shutdownGraceTime: options.shutdownGraceMs,
		shutdownForceTime: options.shutdownGraceMs + 10_000,
	};
	const stuck = Promise.withResolvers<never>();
	const worker = await (options.guardWorkflows || !isMeasured(options.log)
		? Worker.create(settings)
		: withLeanWorkflowThread(
				{ limitMs: WORKFLOW_LIMIT_MS, onStuck: () => stuck.reject(isStuck()) },
				() => Worker.create(settings),
			));
	return run(worker, needed.connection, stuck.promise);
}

/** The settings that every worker has, with a connection of its own. */
async function connect(options: WorkerNeeds) {
	installRuntime(options);
	const { namespace, taskQueue, identity, activities, retryWaits } = options;
	return {
		connection: await NativeConnection.connect(
			connectionOptions(options.connection),
		),
		...{ namespace, taskQueue, identity, activities },
		dataConverter,
		interceptors: {
			activity: [traceActivities, createFailureInterceptor(retryWaits)],
		},
	};
}

/** `broken` rejects when the worker can do no more though it runs. */
function run(
	worker: Worker,
	connection: NativeConnection,
	broken?: Promise<never>,
): PlanWorker {
	const ended = worker.run().finally(() => connection.close());
	const stopped = broken ? Promise.race([ended, broken]) : ended;
	return {
		stopped,
		async stop() {
			if (worker.getState() === "RUNNING") worker.shutdown();
			await stopped;
		},
	};
}

/**
 * A plan stays on the build that began it (PINNED), so that what a build may change of it is decided by its
 * author and not by a release; the short workflows in `workflows/index.ts` say AUTO_UPGRADE for themselves.
 */
export function versioned(version: BuildVersion) {
	return {
		workerDeploymentOptions: {
			version: versionMessage(version),
			useWorkerVersioning: true,
			defaultVersioningBehavior: "PINNED",
		},
	} as const;
}

function isMeasured(log: Log): boolean {
	const version = sdkVersion();
	if (measuredSdkVersions.includes(version)) return true;
	log.warn(
		{ version, measured: measuredSdkVersions },
		"workflows run in the SDK's own thread: the lean one was not measured with this version of the SDK",
	);
	return false;
}

function isStuck(): OrchestratorError {
	return new OrchestratorError(
		"WORKFLOW_STUCK",
		`workflow code has not come back for ${WORKFLOW_LIMIT_MS} ms, and no plan goes on here: set WORKER_WORKFLOW_GUARD=true, then the plan in question fails its workflow tasks alone and its log lines name it`,
	);
}

let isInstalled = false;

/** The SDK's lines go to our log, its metrics to an address; it has one of both a process. */
function installRuntime({
	log,
	metricsAddress,
}: Pick<PlanWorkerOptions, "log" | "metricsAddress">): void {
	if (isInstalled) return;
	isInstalled = true;
	Runtime.install({
		logger: new DefaultLogger("WARN", (entry) => writeSdkEntry(log, entry)),
		telemetryOptions: {
			logging: { forward: {}, filter: "WARN" },
			...(metricsAddress && { metrics: sdkMetrics(metricsAddress) }),
		},
	});
}

/** Names and units as Prometheus wants them. */
function sdkMetrics(bindAddress: string) {
	const prometheus = {
		bindAddress,
		countersTotalSuffix: true,
		unitSuffix: true,
		useSecondsForDurations: true,
	};
	return { attachServiceName: false, prometheus };
}

function writeSdkEntry(log: Log, { level, message, meta }: LogEntry) {
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
