import type { FastifyInstance, FastifyRequest } from "fastify";
import { readTraceparent, TRACEPARENT } from "../domain/trace/trace-context.ts";
import {
	type OpenSpan,
	openServerSpan,
	sampledTraceId,
} from "../trace-span.ts";

/**
 * Calls of the API are spans: of the caller's trace if it names one, else of a new one. Answers the trace of a
 * call that is sampled.
 */
export function traceRequests(
	app: FastifyInstance,
): (request: FastifyRequest) => string | undefined {
	const spans = new WeakMap<FastifyRequest, OpenSpan>();
	app.addHook("onRequest", async (request) => {
		const { method, headers } = request;
		const route = request.routeOptions.url ?? "";
		// Probes, scrapes and event streams say nothing about a plan.
		if (!route.startsWith("/api/") || route.endsWith("/events")) return;
		const parent = readTraceparent(String(headers[TRACEPARENT] ?? ""));
		const facts = { "http.request.method": method, "http.route": route };
		spans.set(request, openServerSpan(`${method} ${route}`, facts, parent));
	});
	// The body comes in by events of the socket, which know no span: what follows it runs in it again.
	app.addHook("preHandler", (request, _reply, done) => {
		const span = spans.get(request);
		if (span === undefined) done();
		else span.run(done);
	});
	app.addHook("onResponse", async (request, { statusCode }) => {
		spans
			.get(request)
			?.end(
				{ "http.response.status_code": statusCode },
				statusCode >= 500 ? `answered with ${statusCode}` : undefined,
			);
	});
	return (request) => spans.get(request)?.run(sampledTraceId);
}
