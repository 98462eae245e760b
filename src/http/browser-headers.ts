import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";

/** Allows the resources of /docs and nothing from other hosts. */
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
const PREFLIGHT_MAX_AGE_SECONDS = 600;

/**
 * Security headers on every answer, and CORS for the origins, if any. Must come before the check of
 * credentials: browsers send none with a preflight.
 */
export async function registerBrowserHeaders(
	app: FastifyInstance,
	corsOrigins: readonly string[],
): Promise<void> {
	await app.register(helmet, {
		contentSecurityPolicy: {
			useDefaults: false,
			directives: CONTENT_SECURITY_POLICY,
		},
	});
	if (corsOrigins.length > 0) await allowOrigins(app, corsOrigins);
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
		methods: ["GET", "HEAD", "POST", "PATCH"],
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
		// Otherwise OPTIONS without Origin would be answered with plain text.
		strictPreflight: false,
	});
}
