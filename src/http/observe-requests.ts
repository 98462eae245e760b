import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Log } from "../log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Adds the request's id to every answer; measures and logs every request. */
export function observeRequests(
	app: FastifyInstance,
	{ metrics, log }: { metrics: Pick<Metrics, "httpDurationSeconds">; log: Log },
	traceOf: (request: FastifyRequest) => string | undefined,
): void {
	app.addHook("onRequest", async (request, reply) => {
		reply.header("x-request-id", request.id);
	});
	app.addHook("onResponse", async (request, reply) => {
		const { method, url, id: request_id, identity } = request;
		const status = reply.statusCode;
		const durationMs = reply.elapsedTime;
		// The pattern of the route, never the path: labels must stay few.
		const route = request.routeOptions.url ?? "none";
		metrics.httpDurationSeconds.observe(
			{ method, route, status: String(status) },
			durationMs / 1000,
			traceOf(request),
		);
		const caller = identity?.name;
		const fields = { request_id, method, url, status, durationMs, caller };
		if (status >= 500) log.warn(fields, "request answered with an error");
		else log.debug(fields, "request answered");
	});
}
