// Long because a world answers every activity that there is.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { Client, Connection, type WorkflowHandle } from "@temporalio/client";
import { Worker, type WorkflowBundle } from "@temporalio/worker";
import { type ActivityDeps, createActivities } from "../../activities/index.ts";
import type { ApprovalRequest } from "../../schemas/approval-request.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import type { TelemetryFrame } from "../../schemas/telemetry-frame.ts";
import type {
	DocumentWrite,
	PlanDocument,
} from "../../src/domain/documents.ts";
import {
	type PlanRunInput,
	planSignals,
	type TicketResult,
} from "../../src/domain/plan-run.ts";
import { createResultTokens } from "../../src/plans/result-tokens.ts";
import { createPlanSinks } from "../../src/telemetry/count-plans.ts";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics.ts";
import { createLog } from "../../src/telemetry/pino-log.ts";
import type { BuildVersion } from "../../src/temporal/build-version.ts";
import { bundleWorkflows } from "../../src/temporal/bundle-workflows.ts";
import { ensureSearchAttributes } from "../../src/temporal/ensure-search-attributes.ts";
import { createFailureInterceptor } from "../../src/temporal/failure-interceptor.ts";
import { createOrphanRuns } from "../../src/temporal/orphan-runs.ts";
import { dataConverter } from "../../src/temporal/payload-codec.ts";
import { traceActivities } from "../../src/temporal/trace-activities.ts";
import { versioned } from "../../src/temporal/worker.ts";
import { workersAre } from "./known-workers.ts";
import {
	openNativeConnection,
	openOwnConnection,
} from "./native-connection.ts";
import { schedulerOver } from "./scheduler.ts";
import { serverAddress } from "./server-address.ts";
import { metricValue } from "./stores.ts";

let bundle: Promise<WorkflowBundle> | undefined;

/** Workers of this process that start from now on run this code. */
export function runBundle(code: WorkflowBundle): void {
	bundle = Promise.resolve(code);
}

/** What the activities of a test world were asked to do, seen from outside the workflow. */
export interface WorldRecord {
	tickets: ExecutionTicket[];
	frames: TelemetryFrame[];
	incidents: OrchestrationIncident[];
	/** What persons were asked. */
	requests: ApprovalRequest[];
	/** Documents as a store would have them: by collection and id, fields merged. */
	documents: Map<string, Record<string, unknown>>;
	writes: DocumentWrite[];
}

export interface World extends WorldRecord {
	client: Client;
	taskQueue: string;
	/** What the plans of this world have counted. */
	metrics: Metrics;
	/** Starts a plan's run. */
	start(input: PlanRunInput): Promise<WorkflowHandle>;
	/** Stops this worker and starts another, perhaps of a build: everything it knew is replayed. */
	restartWorker(version?: BuildVersion): Promise<void>;
	document(collection: string, id: string): Record<string, unknown>;
}

const retryWaits = { initialMs: 1_000, coefficient: 2, maxMs: 15_000 };

/** A real worker with the real bundle on a real Temporal; `deps` replaces what its activities reach. */
export async function openWorld(
	t: Pick<TestContext, "after">,
	deps: Partial<ActivityDeps> = {},
	exportPlan?: Parameters<typeof createPlanSinks>[2],
): Promise<World> {
	bundle ??= bundleWorkflows();
	const address = serverAddress("TEMPORAL_HOST");
	const taskQueue = `test-${randomUUID()}`;
	const record: WorldRecord = {
		tickets: [],
		frames: [],
		incidents: [],
		requests: [],
		documents: new Map(),
		writes: [],
	};
	const connection = await Connection.connect({ address });
	await ensureSearchAttributes(connection, "default");
	const client = new Client({ connection, dataConverter });
	const metrics = createMetrics();
	const log = createLog({
		level: "silent",
		service: "test",
		version: "0",
		environment: "test",
		roles: [],
	});

	const runs = createOrphanRuns({ client: () => client, taskQueue });
	async function startWorker(version?: BuildVersion) {
		const own = version && (await openOwnConnection());
		const worker = await Worker.create({
			connection: own ?? (await openNativeConnection()),
			...(version && versioned(version)),
			taskQueue,
			workflowBundle: await (bundle as Promise<WorkflowBundle>),
			activities: createActivities({
				...recordingDeps(record),
				runs,
				...deps,
			}),
			sinks: createPlanSinks(metrics, log, exportPlan),
			dataConverter,
			interceptors: {
				activity: [traceActivities, createFailureInterceptor(retryWaits)],
			},
		});
		const running = worker.run();
		return async () => {
			worker.shutdown();
			await running;
			await own?.close();
		};
	}

	let stopWorker = await startWorker();
	t.after(async () => {
		await stopWorker();
		await connection.close();
		// Whatever a test does, no plan breaks a law of its state.
		const broken = metricValue(
			metrics,
			"orchestration_plans_inconsistent_total",
		);
		assert.equal((await broken) ?? 0, 0);
	});
	return {
		...record,
		client,
		taskQueue,
		metrics,
		start: (input) =>
			client.workflow.start("orchestratePlan", {
				taskQueue,
				workflowId: `orch-${input.decision.plan_id}`,
				args: [input],
			}),
		async restartWorker(version) {
			await stopWorker();
			stopWorker = await startWorker(version);
		},
		document: (collection, id) =>
			record.documents.get(`${collection}/${id}`) ?? {},
	};
}

function recordingDeps(
	record: WorldRecord,
): Omit<ActivityDeps, "runs" | "planRuns"> {
	return {
		policy: { decide: async () => ({ outcome: "not configured" }) },
		allocator: schedulerOver(workersAre([{ agent_id: "agent-1" }])).allocator,
		tickets: {
			publishTickets: async ({ tickets }) =>
				void record.tickets.push(...tickets),
		},
		index: { remember: async () => {} },
		tokens: createResultTokens([], []),
		retention: emptyRetention,
		onPurged: () => {},
		documents: {
			write: async (writes) => {
				for (const write of writes) keep(record, write);
			},
		},
		ledger: { readPlan: async () => undefined },
		frames: {
			publishFrames: async (frames) => void record.frames.push(...frames),
		},
		buffer: { oldest: async () => [], remove: async () => {} },
		incidents: {
			publishIncident: async (incident) => void record.incidents.push(incident),
		},
		leases: { lostAgents: async () => [] },
		deadLetters: {
			findOpen: async () => [],
			claim: async () => ({ kind: "missing" }),
			settle: async () => {},
			release: async () => {},
		},
		letterSender: { send: async () => {} },
		orphans: recordedOrphans(record),
		approvals: {
			publishApprovalRequest: async (request) =>
				void record.requests.push(request),
		},
	};
}

const emptyRetention: ActivityDeps["retention"] = {
	findEndedPlans: async () => [],
	purgePlan: async () => ({}),
	findWholeTrails: async () => [],
	purgeTrail: async () => 0,
	purgeSingles: async () => ({ purged: {}, isMore: false }),
};

/** Of the documents that the world was given. */
function recordedOrphans({ documents }: WorldRecord): ActivityDeps["orphans"] {
	return {
		findQuiet: async () => [],
		async readPlan(planId) {
			const plan = documents.get(`workflows/orch-${planId}`);
			return { plan: (plan ?? null) as PlanDocument | null, head: null };
		},
		async *findOpen() {},
		summarize: async () => ({
			ticket_ids: [],
			compensated: 0,
			total_duration_ms: 0,
			sla_violations: 0,
			sla_deadline: null,
		}),
		keepReport: async () => {},
	};
}

/** The rule of the real store: an older revision has no effect. */
export function keep(
	record: Pick<WorldRecord, "documents" | "writes">,
	write: DocumentWrite,
): void {
	record.writes.push(write);
	const key = `${write.collection}/${write._id}`;
	const known = record.documents.get(key);
	if (known !== undefined && String(known.revision) > write.revision) return;
	record.documents.set(key, {
		...known,
		...write.fields,
		revision: write.revision,
	});
}

export interface ShapeTask {
	id: string;
	needs?: string[];
	parameters?: Record<string, unknown>;
	type?: string;
}

/** A valid cognitive plan of these tasks. */
export function planOf(
	planId: string,
	tasks: ShapeTask[],
	changes: Record<string, unknown> = {},
): Record<string, unknown> {
	return {
		plan_id: planId,
		intent_id: "intent-1",
		tasks: tasks.map(
			({ id, needs = [], parameters = {}, type = "EXECUTE" }) => ({
				task_id: id,
				task_type: type,
				description: `task ${id}`,
				dependencies: needs,
				estimated_duration_ms: 1_000,
				required_capabilities: [],
				parameters,
				metadata: {},
			}),
		),
		execution_order: tasks.map(({ id }) => id),
		risk_score: 0.2,
		risk_band: "low",
		original_domain: "TECHNICAL",
		original_priority: "high",
		original_security_level: "INTERNAL",
		...changes,
	};
}

/** A worker's report about one attempt. */
export function resultOf(
	ticketId: string,
	status: TicketResult["status"],
	changes: Partial<TicketResult> = {},
): TicketResult {
	return {
		ticket_id: ticketId,
		status,
		agent_id: "agent-1",
		actual_duration_ms: 5,
		error_message: status === "FAILED" ? "it broke" : null,
		output: status === "COMPLETED" ? { artifact: "a" } : {},
		reported_at_ms: Date.now(),
		received_at_ms: Date.now(),
		source: { topic: "execution.results", partition: 0, offset: "1" },
		kind: "result",
		...changes,
	};
}

export async function report(
	handle: WorkflowHandle,
	results: TicketResult[],
): Promise<void> {
	await handle.signal(planSignals.ticketResults, results);
}
