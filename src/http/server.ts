import { randomUUID } from "node:crypto";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, { type FastifyInstance } from "fastify";
import { toJson } from "../domain/json-text.ts";
import type { Redact } from "../domain/redact.ts";
import type { Log } from "../log.ts";
import type { StoredAnswers } from "../plans/approval-ports.ts";
import type {
	AuditRuns,
	AuditTrails,
	HeadVerifier,
} from "../plans/audit-ports.ts";
import type {
	DecisionAcceptor,
	DecisionDryRuns,
	StoredHistories,
} from "../plans/plan-ports.ts";
import type { PolicyReports } from "../plans/policy-ports.ts";
import { createHistoryReads } from "../plans/read-histories.ts";
import { createPlanReads } from "../plans/read-plans.ts";
import type { TicketIndex } from "../plans/ticket-index.ts";
import type { ResultReports, StoredAudits } from "../plans/workflow-ports.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { AccessControl } from "./access/access-control.ts";
import { guardRoutes } from "./access/guard-routes.ts";
import { refuseOtherMethods } from "./allowed-methods.ts";
import { answerBrokenRequest } from "./answer-broken-request.ts";
import { registerBrowserHeaders } from "./browser-headers.ts";
import { closeGently } from "./close-gently.ts";
import {
	componentHealthRoutes,
	type RedisSettingsShown,
} from "./component-health.ts";
import {
	createLooks,
	type HealthCheck,
	healthRoutes,
	type SkippedCheck,
} from "./health.ts";
import { hideParameters, type TicketSources } from "./hide-parameters.ts";
import { identify, type ServiceFacts, versionRoute } from "./identity.ts";
import { limitRates, type RateLimit } from "./limit-rates.ts";
import { observeRequests } from "./observe-requests.ts";
import { type BodySettings, parseJsonBodies } from "./parse-json-bodies.ts";
import { sendError, sendProblem } from "./problems.ts";
import { registerDocsPage } from "./reference/docs-page.ts";
import { registerOpenApi } from "./reference/openapi.ts";
import { referenceRoutes } from "./reference/routes.ts";
import type { RouteRole } from "./route-access.ts";
import { traceRequests } from "./trace-requests.ts";
import { approvalRoutes } from "./v1/approvals.ts";
import { auditRoutes } from "./v1/audit.ts";
import { auditAuthorizationsRoute } from "./v1/audit-authorizations.ts";
import { dryRunRoute } from "./v1/dry-run.ts";
import { type EventRoutesDeps, eventRoutes } from "./v1/events.ts";
import { flowCStatusRoute } from "./v1/flow-c-status.ts";
import { planCommandRoutes } from "./v1/plan-commands.ts";
import { planHistoryRoutes } from "./v1/plan-history.ts";
import { planTraceRoute } from "./v1/plan-trace.ts";
import { planRoutes } from "./v1/plans.ts";
import { startWorkflowRoute } from "./v1/start-workflow.ts";
import { submitPlanRoute } from "./v1/submit-plan.ts";
import { ticketReportRoute } from "./v1/ticket-report.ts";
import { ticketRoutes } from "./v1/tickets.ts";
import { verifyAuditRoutes } from "./v1/verify-audit.ts";
import { workflowControlRoutes } from "./v1/workflow-control.ts";
import { workflowRoutes } from "./v1/workflows.ts";
import { schemaController } from "./validate-parts.ts";

export interface HttpServerDeps {
	service: ServiceFacts;
	/** Every dependency of this process. */
	checks: readonly HealthCheck[];
	/** What is not checked here, with the reason. */
	skipped?: readonly SkippedCheck[];
	metrics: Metrics;
	log: Log;
	/** How callers prove who they are. */
	access: AccessControl;
	/** The role for /metrics; without it the route is public. */
	metricsRole?: RouteRole;
	/** Without it requests are not counted. */
	rateLimit?: RateLimit;
	/** Limits of request bodies: bytes of all bodies under way, and ms for one; default 64 MB and 10 s. */
	bodies?: Partial<Pick<BodySettings, "allMaxBytes" | "patienceMs">>;
	/** Origins of web pages that may call the API; default: only our own pages. */
	corsOrigins?: readonly string[];
	/** Proxies whose X-Forwarded-For is believed. */
	trustedProxies?: readonly string[];
	/** A span for each call of the API; absent: none. */
	isTraced?: boolean;
	/** Where a trace can be looked at, with `{trace_id}` in it. */
	traceUrl?: string | undefined;
	/** The document of the messages on Kafka; without it /asyncapi.json is not served. */
	asyncApi?: object;
	/** The ports of the role `api`; without them only health and metrics are served. */
	api?: HttpApiDeps;
}

export interface HttpApiDeps extends TicketSources {
	/** Hides sensitive parameters from whoever reads tickets. */
	redact: Pick<Redact, "parameters">;
	histories: StoredHistories;
	trails: AuditTrails;
	/** The ends of audit trails as Temporal's runs know them. */
	runs: AuditRuns;
	/** undefined: heads are not signed here. */
	verifier?: HeadVerifier | undefined;
	results: ResultReports;
	audits: StoredAudits;
	redis: RedisSettingsShown;
	policies: PolicyReports;
	index: Pick<TicketIndex, "resolve">;
	decisions: DecisionAcceptor;
	dryRuns: DecisionDryRuns;
	answers: StoredAnswers;
	/** The routes of the capabilities that have their own folders, in the order of the reference. */
	routes: readonly ApiRoutes[];
	/** Those of them that stand outside `/api/v1`. */
	rootRoutes: readonly ApiRoutes[];
	events: Omit<EventRoutesDeps, "metrics">;
}

/** Registers the operations of one capability under the prefix of the API. */
export type ApiRoutes = (
	app: FastifyInstance,
	options: { prefix: string },
) => Promise<void>;

/** A plan of 1.5 MB embedded as a JSON string, with every quote escaped, and its decision. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
/** Ids have up to 200 characters; percent-encoded each may take 12. */
const MAX_PARAM_LENGTH = 4_096;
const NO_LIMIT: RateLimit = { max: 0, windowMs: 1 };
const BODIES = { allMaxBytes: 64 * 1024 * 1024, patienceMs: 10_000 };
const REQUEST_TIMEOUT_MS = 30_000;
/** A stop waits for connections that are kept alive; Fastify's own 72 s are longer than any grace. */
const KEEP_ALIVE_MS = 5_000;

/**
 * Builds the server; the caller calls `listen` and `close`. Every failure is answered with problem details,
 * and no request of a client is answered with 5xx because of its content.
 */
export async function createHttpServer(
	deps: HttpServerDeps,
): Promise<FastifyInstance> {
	const { service, metrics, log, access, metricsRole, api } = deps;
	const looks = createLooks(deps.checks, (component, isUp) =>
		metrics.componentUp.set({ component }, isUp ? 1 : 0),
	);
	const app = openApp(deps);
	const traceOf = deps.isTraced ? traceRequests(app) : () => undefined;
	observeRequests(app, deps, traceOf);
	closeGently(app, metrics);
	await registerBrowserHeaders(app, deps.corsOrigins ?? []);
	guardRoutes(app, { access, metrics, log });
	const bodies = { maxBytes: BODY_LIMIT_BYTES, ...BODIES, ...deps.bodies };
	parseJsonBodies(app, bodies, metrics);
	await limitRates(app, deps.rateLimit ?? NO_LIMIT, metrics);
	answerUnknownPaths(app);
	await registerOpenApi(app, service);
	await registerDocsPage(app);

	const closeMethods = refuseOtherMethods(app);
	await app.register(referenceRoutes, { asyncApi: deps.asyncApi });
	const identity = identify(service);
	await app.register(versionRoute, { service, identity });
	await app.register(healthRoutes, {
		...{ service, identity, looks },
		skipped: deps.skipped ?? [],
		metrics,
		metricsRole: metricsRole ?? "public",
	});
	if (api !== undefined) {
		const shown = hideParameters(api, api.redact);
		const { running, workflows, stored } = shown;
		const reads = createPlanReads({ ...api, ...shown, metrics });
		const { decisions } = api;
		const histories = createHistoryReads({
			stored: api.histories,
			running,
			metrics,
		});
		const { redis, policies } = api;
		const components = { looks, metrics, policies, redis };
		await app.register(componentHealthRoutes, components);
		const prefix = "/api/v1";
		await app.register(planRoutes, { prefix, reads, running });
		await app.register(planHistoryRoutes, { prefix, histories });
		await app.register(planTraceRoute, {
			...{ prefix, histories },
			traceUrl: deps.traceUrl,
		});
		await app.register(submitPlanRoute, { prefix, decisions, running });
		await app.register(dryRunRoute, { prefix, dryRuns: api.dryRuns });
		await app.register(planCommandRoutes, { prefix, running, stored });
		await app.register(ticketRoutes, { prefix, reads });
		const { audits, results } = api;
		const told = { prefix, reads, running, results };
		await app.register(ticketReportRoute, told);
		await app.register(workflowRoutes, { prefix, workflows, reads });
		await app.register(workflowControlRoutes, { ...told, workflows, stored });
		await app.register(startWorkflowRoute, { prefix, decisions });
		await app.register(flowCStatusRoute, { prefix, workflows, audits });
		await app.register(auditAuthorizationsRoute, { prefix, audits });
		const { trails, runs, verifier } = api;
		await app.register(auditRoutes, { prefix, trails });
		await app.register(verifyAuditRoutes, { prefix, trails, runs, verifier });
		await app.register(approvalRoutes, {
			prefix,
			reads,
			answers: api.answers,
		});
		for (const routes of api.routes) await app.register(routes, { prefix });
		for (const routes of api.rootRoutes)
			await app.register(routes, { prefix: "" });
		await app.register(eventRoutes, { prefix, metrics, ...api.events });
	}
	closeMethods();
	return app;
}

/** Fastify with our limits, and problem details for whatever fails. */
function openApp({
	log,
	trustedProxies = [],
}: HttpServerDeps): FastifyInstance {
	const app = Fastify({
		bodyLimit: BODY_LIMIT_BYTES,
		requestTimeout: REQUEST_TIMEOUT_MS,
		keepAliveTimeout: KEEP_ALIVE_MS,
		// Our handler answers with problem details.
		return503OnClosing: false,
		trustProxy: trustedProxies.length > 0 && [...trustedProxies],
		routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
		genReqId: ({ headers }) => requestId(headers["x-request-id"]),
		schemaController,
		frameworkErrors: sendError,
		clientErrorHandler: answerBrokenRequest,
	}).withTypeProvider<TypeBoxTypeProvider>();
	// Only JSON is accepted.
	app.removeContentTypeParser("text/plain");
	// Response schemas are documentation: a document of another release must not become a 500.
	app.setSerializerCompiler(() => (data) => toJson(data));
	app.setErrorHandler(async (error, request, reply) => {
		const answered = sendError(error, request, reply);
		if (reply.statusCode === 500) {
			const { id: request_id, method, url } = request;
			log.error({ error, request_id, method, url }, "request failed");
		}
		return answered;
	});
	return app as unknown as FastifyInstance;
}

/** Requests to unknown paths are counted like all others. */
function answerUnknownPaths(app: FastifyInstance): void {
	const counted = app.hasDecorator("rateLimit")
		? { preHandler: app.rateLimit() }
		: {};
	app.setNotFoundHandler(counted, async (request, reply) =>
		sendProblem(request, reply, {
			code: "REQUEST_INVALID",
			status: 404,
			detail: `${request.method} ${request.url} not found: there is no such operation`,
		}),
	);
}

/**
 * The caller's own request id when it is valid, so that a request can be followed through several services.
 */
function requestId(given: string | string[] | undefined): string {
	return typeof given === "string" && /^[\w.:-]{1,128}$/.test(given)
		? given
		: randomUUID();
}
