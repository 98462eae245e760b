import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { OrchestratorError } from "../errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";

export interface Defences {
	/** Requests of one caller within a window; `max` 0: any number. */
	rateLimit: { max: number; windowMs: number };
	/** Origins whose pages may call; empty: none but our own. */
	corsOrigins: readonly string[];
}

/** Allows what /docs needs and nothing from elsewhere. */
const CONTENT_SECURITY_POLICY = {
	"default-src": ["'self'"],
	"base-uri": ["'none'"],
	"form-action": ["'self'"],
	"frame-ancestors": ["'none'"],
	"img-src": ["'self'", "data:"],
	"object-src": ["'none'"],
	"script-src": ["'self'"],
	"style-src": ["'self'", "'unsafe-inline'"],
};
/** Callers remembered at once; beyond, the one not seen for longest is counted anew. */
const CALLERS_AT_MOST = 20_000;
const PREFLIGHT_MAX_AGE_SECONDS = 600;

/** Security headers on every answer; CORS and a rate limit as configured. Comes before the routes. */
export async function registerDefences(
	app: FastifyInstance,
	{ corsOrigins, rateLimit: limit }: Defences,
	metrics: Pick<Metrics, "accessRefusals">,
): Promise<void> {
	await app.register(helmet, {
		contentSecurityPolicy: {
			useDefaults: false,
			directives: CONTENT_SECURITY_POLICY,
		},
	});
	if (corsOrigins.length > 0) await allowOrigins(app, corsOrigins);
	if (limit.max > 0) await limitRates(app, limit, metrics);
}

async function allowOrigins(
	app: FastifyInstance,
	origins: readonly string[],
): Promise<void> {
	// The library's own route for preflights, which carry no credentials.
	app.addHook("onRoute", (route) => {
		if (route.method === "OPTIONS" && route.url === "*") {
			route.config = { ...route.config, role: "public" };
		}
	});
	await app.register(cors, {
		origin: [...origins],
		methods: ["GET", "HEAD", "POST"],
		allowedHeaders: [
			...["authorization", "content-type", "idempotency-key"],
			...["last-event-id", "x-request-id"],
		],
		exposedHeaders: [
			"location",
			"retry-after",
			"x-read-source",
			"x-request-id",
		],
		maxAge: PREFLIGHT_MAX_AGE_SECONDS,
	});
}

/** Counts by name when the caller is known, else by address. */
async function limitRates(
	app: FastifyInstance,
	{ max, windowMs }: Defences["rateLimit"],
	metrics: Pick<Metrics, "accessRefusals">,
): Promise<void> {
	await app.register(rateLimit, {
		max,
		timeWindow: windowMs,
		cache: CALLERS_AT_MOST,
		keyGenerator: callerOf,
		onExceeded: () => metrics.accessRefusals.inc({ reason: "rate_limited" }),
		errorResponseBuilder: (_request, { after }) =>
			new OrchestratorError(
				"RATE_LIMITED",
				`more than ${max} requests within ${windowMs / 1000} s: ask again in ${after}`,
			),
	});
}

function callerOf({ identity, ip }: FastifyRequest): string {
	return identity === null ? `at ${normalizeIP(ip)}` : `by ${identity.name}`;
}
