import type { AddressInfo } from "node:net";
import { deadLetterSources } from "../dead-letters/sources.ts";
import { proposeTimeout } from "../domain/prediction/predict.ts";
import type { TicketFacts } from "../domain/prediction/prediction.ts";
import { createAccess } from "../http/access/create-access.ts";
import { createHttpServer, type HttpApiDeps } from "../http/server.ts";
import { createReportResult } from "../intake/report-result.ts";
import type { AcceptDecision } from "../plans/accept-decision.ts";
import type { DryRunPredictions } from "../plans/dry-run-decision.ts";
import { paceCommands } from "../plans/pace-commands.ts";
import { createResultBatcher } from "../plans/result-batcher.ts";
import { createPolicyReports } from "../policy/report-health.ts";
import { workerSources } from "../registry/sources.ts";
import { releaseSources } from "../rollout/release-sources.ts";
import { routingSources } from "../rollout/routing-sources.ts";
import { createShowTraces } from "../scheduling/show-traces.ts";
import { slaSources } from "../sla/sources.ts";
import { stopSources } from "../stops/sources.ts";
import { createApprovalAnswers } from "../storage/approval-answers.ts";
import { createAttemptEnds } from "../storage/attempt-ends.ts";
import { createAuditReader } from "../storage/audit-reader.ts";
import { createAuditTrailReader } from "../storage/audit-trail-reader.ts";
import { createHistoryReader } from "../storage/history-reader.ts";
import { createLedger } from "../storage/ledger.ts";
import { createPlanReader } from "../storage/plan-reader.ts";
import { PROBE_INTERVAL_MS } from "../storage/redis.ts";
import { LIFETIME_SECONDS } from "../storage/ticket-index.ts";
import { planWorkflowId } from "../temporal/workflow-ids.ts";
import { ticketTokenSources } from "../ticket-tokens/sources.ts";
import { activeTraceparent } from "../trace-span.ts";
import { describeMessages } from "./async-api.ts";
import { capabilityRoutes, rootRoutes } from "./capability-routes.ts";
import { openDryRunThread } from "./dry-run-in-thread.ts";
import { healthChecks, skippedChecks } from "./health-checks.ts";
import { openDeploy, serviceFacts } from "./open-deploy.ts";
import { headSignatures, openEvents } from "./open-documents.ts";
import { mlSources } from "./open-ml.ts";
import type { Parts } from "./parts.ts";

/** Starts HTTP and returns its address. Until `isWorking` the process is live, but not ready. */
export async function startHttp(
	parts: Parts,
	accept: AcceptDecision,
	isWorking: () => boolean,
): Promise<string> {
	const { config, metrics, log, lifecycle } = parts;
	const { rateLimit, bodies, corsOrigins, trustedProxies, metricsRole } =
		config.http;
	const server = await createHttpServer({
		service: serviceFacts(config),
		metrics,
		log,
		access: await createAccess(config.access, log),
		rateLimit,
		bodies,
		corsOrigins,
		trustedProxies,
		metricsRole,
		isTraced: parts.tracing !== undefined,
		traceUrl: config.traceUrl,
		asyncApi: describeMessages(parts.topics, config.service),
		checks: healthChecks(parts, isWorking),
		skipped: skippedChecks(parts),
		...(config.roles.includes("api")
			? { api: await apiDeps(parts, accept) }
			: {}),
	});
	await lifecycle.start(
		"http",
		() => server.listen({ host: config.http.host, port: config.http.port }),
		() => server.close(),
	);
	const { address, port, family } = server.server.address() as AddressInfo;
	return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

/** Reports by HTTP use the code of execution.results, in every process that serves the API. */
function reportResult({
	config,
	plans,
	index,
	tokens,
	mongo,
	intakeMetrics,
	reservations: endings,
	log,
}: Parts) {
	const { resultWindowMs: windowMs } = config.intake;
	const metrics = intakeMetrics;
	const batcher = createResultBatcher({ plans, windowMs, metrics, endings });
	const attempts = createAttemptEnds(mongo);
	return createReportResult({
		tickets: index,
		tokens,
		attempts,
		batcher,
		metrics,
		log,
	});
}

/** What the model of this process says of a dry run's tasks; undefined: predictions are off. */
function dryPredictions({ predictor, models }: Parts) {
	if (predictor === undefined) return {};
	return {
		hasModel: () => predictor.model !== null,
		predict(facts: TicketFacts[]): DryRunPredictions {
			const known = models.view.current();
			return {
				model: predictor.model,
				predictions: predictor.predictDurations(facts),
				p99Ms: facts.map((one) =>
					known === null
						? null
						: proposeTimeout(one, known.model, known.correction),
				),
			};
		},
	};
}

async function openDryRuns(parts: Parts) {
	const { config, mongo, lifecycle, log } = parts;
	const { plan: settings, versions, policy } = config;
	const ledger = createLedger(mongo);
	const routing = () => ({ split: parts.routing.peek().documents.split });
	return await lifecycle.start(
		"dry runs",
		() =>
			openDryRunThread({
				...{ settings, versions, policy, ledger, routing, log },
				...dryPredictions(parts),
			}),
		(it) => it.close(),
	);
}

async function apiDeps(
	parts: Parts,
	accept: AcceptDecision,
): Promise<HttpApiDeps> {
	const { mongo, plans, index } = parts;
	const routing = routingSources(parts);
	const sla = slaSources(parts);
	const stored = createPlanReader(mongo);
	const ticketTokens = ticketTokenSources(parts.ticketJwt, stored, plans);
	const dryRuns = await openDryRuns(parts);
	const ml = mlSources(parts, { stored, dryRuns });
	return {
		redact: parts.redact,
		stored,
		histories: createHistoryReader(mongo),
		trails: createAuditTrailReader(mongo, planWorkflowId),
		runs: plans,
		verifier: headSignatures(parts.config),
		running: paceCommands(plans),
		workflows: plans,
		results: { report: reportResult(parts) },
		audits: createAuditReader(mongo),
		policies: createPolicyReports(parts.config.policy, parts.policyEngine),
		redis: {
			nodes: parts.config.redis.nodes,
			tls: parts.config.redis.tls !== undefined,
			cacheTtlSeconds: LIFETIME_SECONDS,
			circuit: {
				failureThreshold: 1,
				recoverySeconds: PROBE_INTERVAL_MS / 1_000,
			},
		},
		rootRoutes: rootRoutes({
			...{ routing, ticketTokens, ml, features: parts.features },
			deploy: openDeploy(parts),
		}),
		routes: capabilityRoutes({
			deadLetters: deadLetterSources(parts),
			sla,
			stops: stopSources(parts),
			allocations: parts.explanations,
			ticketTokens,
			workers: workerSources({
				...parts,
				readTraces: createShowTraces(
					parts.traces,
					parts.config.scheduler.traceHalfLifeMs,
				),
			}),
			routing,
			releases: { ...releaseSources(parts), budgets: sla.budgets },
			ml,
		}),
		events: await openEvents(parts),
		index,
		dryRuns,
		answers: createApprovalAnswers(mongo),
		decisions: {
			accept(value, origin) {
				const nowMs = Date.now();
				return accept({
					value,
					receivedAtMs: nowMs,
					decidedAtMs: nowMs,
					source: null,
					via: "rest",
					traceparent: activeTraceparent(),
					origin,
				});
			},
		},
	};
}
