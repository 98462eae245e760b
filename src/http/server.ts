import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import Fastify, { type FastifyInstance } from "fastify";
import type { Metrics } from "../telemetry/metrics.ts";
import { refuseOtherMethods } from "./allowed-methods.ts";
import { type HealthCheck, healthRoutes } from "./health.ts";
import type {
	DecisionAcceptor,
	RunningPlans,
	StoredPlans,
	TicketPlaces,
} from "./plan-sources.ts";
import { sendError, sendProblem } from "./problems.ts";
import { createPlanReads } from "./read-plans.ts";
import { planCommandRoutes } from "./v1/plan-commands.ts";
import { planRoutes } from "./v1/plans.ts";
import { submitPlanRoute } from "./v1/submit-plan.ts";
import { ticketRoutes } from "./v1/tickets.ts";

export interface HttpServerDeps {
	service: { name: string; version: string };
	/** Every dependency of this process. */
	checks: readonly HealthCheck[];
	metrics: Metrics;
	log: HttpLog;
	/** What the role `api` needs; without it only health and metrics are served. */
	api?: HttpApiDeps;
}

export interface HttpApiDeps {
	stored: StoredPlans;
	running: RunningPlans;
	places: TicketPlaces;
	decisions: DecisionAcceptor;
}

export interface HttpLog {
	debug(fields: object, message: string): void;
	warn(fields: object, message: string): void;
	error(fields: object, message: string): void;
}

/** A plan of 1.5 MB embedded as a JSON string, with every quote escaped, and its decision. */
const BODY_LIMIT_BYTES = 4 * 1024 * 1024;
/** Ids have up to 200 characters; percent-encoded each may take 12. */
const MAX_PARAM_LENGTH = 4_096;
const REQUEST_TIMEOUT_MS = 30_000;
/** A stop waits for connections that are kept alive; Fastify's own 72 s are longer than any grace. */
const KEEP_ALIVE_MS = 5_000;

/**
 * Builds the server; `listen` and `close` are the caller's. Everything that fails is answered with
 * problem details, and nothing a client sends is answered with 5xx.
 */
export async function createHttpServer(
	deps: HttpServerDeps,
): Promise<FastifyInstance> {
	const { service, checks, metrics, log, api } = deps;
	const app = Fastify({
		bodyLimit: BODY_LIMIT_BYTES,
		requestTimeout: REQUEST_TIMEOUT_MS,
		keepAliveTimeout: KEEP_ALIVE_MS,
		routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
		genReqId: ({ headers }) => requestId(headers["x-request-id"]),
		ajv: {
			// All problems at once, and none of them mended in silence.
			customOptions: { allErrors: true, removeAdditional: false },
		},
		frameworkErrors: sendError,
		clientErrorHandler: answerBrokenRequest,
	}).withTypeProvider<TypeBoxTypeProvider>();

	// JSON is the only thing that is taken.
	app.removeContentTypeParser("text/plain");
	// Response schemas are documentation: a document of another release must not become a 500.
	app.setSerializerCompiler(() => (data) => JSON.stringify(data));
	app.setErrorHandler(async (error, request, reply) => {
		const answered = sendError(error, request, reply);
		if (reply.statusCode === 500) {
			const { id: request_id, method, url } = request;
			log.error({ error, request_id, method, url }, "request failed");
		}
		return answered;
	});
	app.setNotFoundHandler(async (request, reply) =>
		sendProblem(request, reply, {
			code: "REQUEST_INVALID",
			status: 404,
			detail: `there is nothing at ${request.method} ${request.url}`,
		}),
	);
	observeRequests(app, { metrics, log });
	letGoWhenClosing(app);

	const closeMethods = refuseOtherMethods(app);
	await app.register(healthRoutes, { service, checks, metrics });
	if (api !== undefined) {
		const reads = createPlanReads({ ...api, metrics });
		const { running, decisions } = api;
		const prefix = "/api/v1";
		await app.register(planRoutes, { prefix, reads, running });
		await app.register(submitPlanRoute, { prefix, decisions });
		await app.register(planCommandRoutes, { prefix, running });
		await app.register(ticketRoutes, { prefix, reads });
	}
	closeMethods();
	return app as unknown as FastifyInstance;
}

/** The caller's own id when it is one, so that it can be followed through several services. */
function requestId(given: string | string[] | undefined): string {
	return typeof given === "string" && /^[\w.:-]{1,128}$/.test(given)
		? given
		: randomUUID();
}

/** Requests under way when the server closes are answered, and their connections not kept. */
function letGoWhenClosing(app: FastifyInstance): void {
	let isClosing = false;
	app.addHook("preClose", async () => {
		isClosing = true;
	});
	app.addHook("onSend", async (_request, reply) => {
		if (isClosing) reply.header("connection", "close");
	});
}

function observeRequests(
	app: FastifyInstance,
	{ metrics, log }: Pick<HttpServerDeps, "metrics" | "log">,
): void {
	app.addHook("onRequest", async (request, reply) => {
		reply.header("x-request-id", request.id);
	});
	app.addHook("onResponse", async (request, reply) => {
		const { method, url, id: request_id } = request;
		const status = reply.statusCode;
		const durationMs = reply.elapsedTime;
		// The pattern of the route, never the path: labels must stay few.
		const route = request.routeOptions.url ?? "none";
		metrics.httpDurationSeconds.observe(
			{ method, route, status: String(status) },
			durationMs / 1000,
		);
		const fields = { request_id, method, url, status, durationMs };
		if (status >= 500) log.warn(fields, "request answered with an error");
		else log.debug(fields, "request answered");
	});
}

/** What is no HTTP never becomes a request; it is answered on the socket. */
function answerBrokenRequest(
	error: Error & { code?: string },
	socket: Socket,
): void {
	if (error.code === "ECONNRESET" || !socket.writable) {
		socket.destroy();
		return;
	}
	const status =
		error.code === "HPE_HEADER_OVERFLOW"
			? "431 Request Header Fields Too Large"
			: error.code === "ERR_HTTP_REQUEST_TIMEOUT"
				? "408 Request Timeout"
				: "400 Bad Request";
	const body = JSON.stringify({
		type: "about:blank",
		title: status.slice(4),
		status: Number(status.slice(0, 3)),
		detail: "the request is not valid HTTP",
		code: "REQUEST_INVALID",
	});
	socket.end(
		`HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
	);
}
