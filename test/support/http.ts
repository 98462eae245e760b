// Long because it stands in for everything that the API asks.
import type { TestContext } from "node:test";
import type { DeadLetterSources } from "../../src/dead-letters/ports.ts";
import type { DeploySources } from "../../src/deploy/routes.ts";
import type {
	PlanDocument,
	TicketDocument,
} from "../../src/domain/documents.ts";
import { createRedact } from "../../src/domain/redact.ts";
import { OrchestratorError } from "../../src/errors.ts";
import type { FeatureSources } from "../../src/features/ports.ts";
import type { HealthCheck } from "../../src/http/health.ts";
import {
	createHttpServer,
	type HttpApiDeps,
	type HttpServerDeps,
} from "../../src/http/server.ts";
import { createPolicyReports } from "../../src/policy/report-health.ts";
import type { MlSources } from "../../src/prediction/ml-ports.ts";
import type { WorkerSources } from "../../src/registry/ports.ts";
import type { ReleaseSources } from "../../src/rollout/release-routes.ts";
import type { RoutingSources } from "../../src/rollout/routing-sources.ts";
import type { AllocationReader } from "../../src/scheduling/explanations.ts";
import type { SlaSources } from "../../src/sla/ports.ts";
import type { StopSources } from "../../src/stops/ports.ts";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics.ts";
import type { TicketTokenSources } from "../../src/ticket-tokens/ports.ts";
import {
	capabilityRoutes,
	rootRoutes,
} from "../../src/wiring/capability-routes.ts";
import {
	emptyDeploy,
	emptyFeatures,
	emptyLetters,
	emptyRouting,
	emptySla,
	emptyStops,
	emptyWorkers,
} from "./empty-capabilities.ts";
import { emptyMl } from "./empty-ml.ts";
import { emptyReleases } from "./releases.ts";
import { silentLog } from "./stores.ts";

export const storeAway = async (): Promise<never> => {
	throw new OrchestratorError("STORE_UNAVAILABLE", "mongodb did not answer");
};
export const temporalAway = async (): Promise<never> => {
	throw new OrchestratorError(
		"TEMPORAL_UNAVAILABLE",
		"temporal did not answer",
	);
};

/** Stand-ins that know nothing; each test gives what it needs. */
export const emptyApi: Omit<HttpApiDeps, "routes" | "rootRoutes"> = {
	redact: createRedact(["*password*"]),
	stored: {
		listPlans: async () => [],
		readPlan: async () => undefined,
		listTickets: async () => undefined,
		readTicket: async () => undefined,
	},
	histories: {
		readGraph: async () => undefined,
		readHistory: async () => undefined,
	},
	trails: {
		readRecords: async () => [],
		readHeads: async () => [],
		listHeads: async () => ({ heads: [], next: undefined }),
		findHashes: async () => new Map(),
	},
	runs: {
		readRunHead: async () => undefined,
		async *listRunHeads() {},
	},
	running: {
		readGraph: async () => undefined,
		readAttempts: async () => undefined,
		readPlan: async () => undefined,
		readTickets: async () => undefined,
		readTicketPage: async () => undefined,
		awaitVerdict: async () => undefined,
		readWhy: async () => undefined,
		settleEnded: async () => false,
		listOpenPlans: async () => ({ plans: [], missing: [] }),
		command: async (planId) => {
			throw new OrchestratorError("PLAN_NOT_FOUND", `plan ${planId} not found`);
		},
	},
	workflows: {
		describe: async () => undefined,
		query: async () => undefined,
		planIdOf: (workflowId) =>
			workflowId.startsWith("orch-") ? workflowId.slice(5) : undefined,
		countOpenPlans: async () => 0,
	},
	results: {
		report: async () => ({ kind: "unknown" }),
	},
	audits: {
		listAuthorizations: async () => ({ total: 0, results: [] }),
		listEndedPlans: async () => [],
	},
	answers: { listUnmatched: async () => [] },
	policies: createPolicyReports(null, undefined),
	redis: {
		nodes: ["127.0.0.1:6379"],
		tls: false,
		cacheTtlSeconds: 60,
		circuit: { failureThreshold: 1, recoverySeconds: 0.5 },
	},
	index: { resolve: async () => new Map() },
	dryRuns: {
		dryRun: async () => {
			throw new OrchestratorError(
				"STORE_UNAVAILABLE",
				"nothing to play through",
			);
		},
	},
	decisions: {
		accept: async () => ({
			kind: "refused",
			code: "MESSAGE_INVALID",
			reason: "this is neither a decision nor a plan",
			hint: "send one",
			problems: [],
		}),
	},
	events: {
		source: {
			follow: async () => "0-0",
			leave: () => {},
			read: async () => [],
			bounds: async () => ({ oldest: "0-0", newest: "0-0" }),
		},
		maxReaders: 10,
		maxReadersPerCaller: 10,
	},
};

type Stores = Omit<HttpApiDeps, "routes" | "rootRoutes">;
export type ApiParts = { [K in keyof Stores]?: Partial<Stores[K]> } & {
	deadLetters?: Partial<DeadLetterSources>;
	sla?: Partial<SlaSources>;
	stops?: Partial<StopSources["store"]>;
	allocations?: AllocationReader;
	ticketTokens?: Partial<TicketTokenSources>;
	workers?: Partial<WorkerSources>;
	routing?: Partial<RoutingSources>;
	releases?: Partial<ReleaseSources>;
	ml?: Partial<MlSources>;
	features?: Partial<FeatureSources>;
	deploy?: Partial<DeploySources>;
};

/** The server with these stand-ins, closed with the test. */
export async function openHttp(
	t: Pick<TestContext, "after">,
	parts: ApiParts = {},
	checks: HealthCheck[] = [],
	guards: Partial<HttpServerDeps> = {},
) {
	const metrics = createMetrics();
	const routing = { ...emptyRouting, ...parts.routing };
	const ml = { ...emptyMl, ...parts.ml };
	const ticketTokens: TicketTokenSources = {
		publishedKeys: async () => [],
		introspect: async () => ({ active: false }),
		...parts.ticketTokens,
	};
	const app = await createHttpServer({
		service: { name: "orchestrator-dynamic", version: "1.0.0" },
		checks,
		metrics,
		log: silentLog,
		access: { mode: "none" },
		...guards,
		api: {
			redact: { ...emptyApi.redact, ...parts.redact },
			stored: { ...emptyApi.stored, ...parts.stored },
			histories: { ...emptyApi.histories, ...parts.histories },
			trails: { ...emptyApi.trails, ...parts.trails },
			running: { ...emptyApi.running, ...parts.running },
			workflows: { ...emptyApi.workflows, ...parts.workflows },
			results: { ...emptyApi.results, ...parts.results },
			audits: { ...emptyApi.audits, ...parts.audits },
			runs: { ...emptyApi.runs, ...parts.runs },
			answers: { ...emptyApi.answers, ...parts.answers },
			redis: { ...emptyApi.redis, ...parts.redis },
			policies: { ...emptyApi.policies, ...parts.policies },
			index: { ...emptyApi.index, ...parts.index },
			decisions: { ...emptyApi.decisions, ...parts.decisions },
			dryRuns: { ...emptyApi.dryRuns, ...parts.dryRuns },
			rootRoutes: rootRoutes({
				...{ routing, ticketTokens, ml },
				features: { ...emptyFeatures, ...parts.features },
				deploy: { ...emptyDeploy, ...parts.deploy },
			}),
			routes: capabilityRoutes({
				deadLetters: { ...emptyLetters, ...parts.deadLetters },
				sla: { ...emptySla, ...parts.sla },
				stops: {
					store: { ...emptyStops, ...parts.stops },
					carryOutSoon: () => undefined,
				},
				...{ ticketTokens, ml },
				allocations: parts.allocations ?? {
					readAllocation: async () => undefined,
				},
				workers: { ...emptyWorkers, ...parts.workers },
				routing,
				releases: {
					...emptyReleases,
					...parts.releases,
					rollouts: { ...emptyReleases.rollouts, ...parts.releases?.rollouts },
				},
			}),
			events: { ...emptyApi.events, ...parts.events },
		},
	});
	t.after(async () => await app.close());
	return { app, metrics };
}

/** A plan with what a test names. */
/** How often requests were refused, by reason. */
export async function refusalsOf({
	accessRefusals,
}: Pick<Metrics, "accessRefusals">): Promise<Record<string, number>> {
	const { values } = await accessRefusals.get();
	return Object.fromEntries(
		values
			.filter(({ value }) => value > 0)
			.map(({ labels, value }) => [labels.reason, value]),
	);
}

export function planDocument(fields: Partial<PlanDocument> = {}): PlanDocument {
	return {
		workflow_id: `orch-${fields.plan_id ?? "p"}`,
		run_id: "r",
		kind: "plan",
		plan_id: "p",
		decision_id: "d",
		intent_id: "intenção",
		correlation_id: null,
		final_decision: "approve",
		domain: "TECHNICAL",
		risk_band: "low",
		priority: "NORMAL",
		orchestrator_version: "V1",
		plan_hash: null,
		status: "RUNNING",
		stage: "executing",
		current_step: "C4",
		policy: { c2: null, c3: null },
		problems: [],
		warnings: [],
		steps: [],
		commands: [],
		approval: null,
		tickets_generated: 1,
		tickets_completed: 0,
		tickets_failed: 0,
		retries: 0,
		results_duplicate: 0,
		results_late: 0,
		results_unknown: 0,
		stray_results: [],
		error_message: null,
		created_at: 1,
		published_at: null,
		finished_at: null,
		valid_until: null,
		sla_deadline: null,
		slack_at: null,
		last_progress_at: 1,
		source: null,
		revision: "1",
		updated_at: 1,
		...fields,
	};
}

/** A ticket with what a test names. */
export function ticketDocument(
	fields: Partial<TicketDocument> = {},
): TicketDocument {
	return {
		ticket_id: "t",
		plan_id: "p",
		intent_id: "i",
		decision_id: "d",
		correlation_id: null,
		trace_id: null,
		span_id: null,
		task_id: "task",
		task_type: "EXECUTE",
		description: "",
		dependencies: [],
		status: "RUNNING",
		priority: "NORMAL",
		risk_band: "low",
		sla: { deadline: 1, timeout_ms: 1, max_retries: 1 },
		qos: {
			delivery_mode: "AT_LEAST_ONCE",
			consistency: "EVENTUAL",
			durability: "PERSISTENT",
		},
		parameters: {},
		required_capabilities: [],
		security_level: "INTERNAL",
		created_at: 1,
		started_at: null,
		completed_at: null,
		estimated_duration_ms: null,
		actual_duration_ms: null,
		retry_count: 0,
		error_message: null,
		compensation_ticket_id: null,
		metadata: {},
		schema_version: 1,
		workflow_id: "orch-p",
		orchestrator_version: "V1",
		outcome: null,
		attempt: 1,
		attempt_ticket_id: "t",
		generation: 0,
		published_at: 1,
		finished_at: null,
		compensates: null,
		agent_id: null,
		output: {},
		allocation_metadata: null,
		order: 0,
		revision: "1",
		updated_at: 1,
		...fields,
	};
}
