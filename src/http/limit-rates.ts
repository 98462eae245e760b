import rateLimit, { normalizeIP } from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { OrchestratorError } from "../errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Requests of one caller within a window. */
export interface RateLimit {
	/** 0: any number. */
	max: number;
	windowMs: number;
}

/** Callers that are counted at once; beyond that, the caller not seen for longest is forgotten. */
const CALLERS_AT_MOST = 20_000;

/** Counts by name when the caller is known, else by address. Must be registered before the routes. */
export async function limitRates(
	app: FastifyInstance,
	{ max, windowMs }: RateLimit,
	metrics: Pick<Metrics, "accessRefusals">,
): Promise<void> {
	if (max === 0) return;
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

/** The caller's key: the name when it is known, else the address. Never throws. */
export function callerOf({
	identity,
	ip,
}: Pick<FastifyRequest, "identity"> & { ip: string | undefined }): string {
	if (identity !== null) return `by ${identity.name}`;
	// Of a connection that is gone nobody knows it, whatever Fastify's type says.
	return ip === undefined ? "at no address" : `at ${normalizeIP(ip)}`;
}
