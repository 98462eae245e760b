import {
	type Context,
	context,
	ROOT_CONTEXT,
	type SpanContext,
	SpanKind,
	SpanStatusCode,
	TraceFlags,
	trace,
} from "@opentelemetry/api";
import type { SpanFacts } from "./domain/trace/span-record.ts";
import { type SpanPlace, traceparentOf } from "./domain/trace/trace-context.ts";

// Without a started SDK (src/telemetry/tracing.ts) all of this does nothing.
const tracer = () => trace.getTracer("orchestrator-dynamic");

/** Runs the work below that span, which may be in another process, or made later. */
export function withinSpan<T>(place: SpanPlace, work: () => T): T {
	return context.with(contextBelow(place), work);
}

/** A span around the work if the trace that it is part of is sampled; else the work alone. */
export async function inSpan<T>(
	name: string,
	facts: SpanFacts,
	work: () => Promise<T>,
	kind: "client" | "producer" | "internal" = "client",
): Promise<T> {
	if (activePlace()?.sampled !== true) return await work();
	const options = { kind: kinds[kind], attributes: facts };
	return await tracer().startActiveSpan(name, options, async (span) => {
		try {
			return await work();
		} catch (error) {
			const message = error instanceof Error ? error.message : String(error);
			span.setStatus({ code: SpanStatusCode.ERROR, message });
			throw error;
		} finally {
			span.end();
		}
	});
}

const kinds = {
	client: SpanKind.CLIENT,
	producer: SpanKind.PRODUCER,
	internal: SpanKind.INTERNAL,
} as const;

/** The span that this code runs in; undefined when there is none, or tracing is off. */
export function activePlace(): SpanPlace | undefined {
	const active = trace.getActiveSpan()?.spanContext();
	return active && toPlace(active);
}

/** The same as a header. */
export function activeTraceparent(): string | undefined {
	const place = activePlace();
	return place && traceparentOf(place);
}

/** The sampled trace that this code runs in: exemplars name only traces that can be looked at. */
export function sampledTraceId(): string | undefined {
	const place = activePlace();
	return place?.sampled ? place.trace_id : undefined;
}

/** The ids for a line of the log. */
export function activeTraceIds():
	| Pick<SpanPlace, "trace_id" | "span_id">
	| undefined {
	const place = activePlace();
	return place && { trace_id: place.trace_id, span_id: place.span_id };
}

function toPlace({ traceId, spanId, traceFlags }: SpanContext): SpanPlace {
	const sampled = (traceFlags & TraceFlags.SAMPLED) !== 0;
	return { trace_id: traceId, span_id: spanId, sampled };
}

/** OpenTelemetry's context of what is done below that span; of nothing: at the root. */
export function contextBelow(place: SpanPlace | null | undefined): Context {
	return place
		? trace.setSpanContext(ROOT_CONTEXT, toContext(place))
		: ROOT_CONTEXT;
}

/** A place as OpenTelemetry names it. */
export function toContext({
	trace_id,
	span_id,
	sampled,
}: SpanPlace): SpanContext {
	const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
	return { traceId: trace_id, spanId: span_id, traceFlags, isRemote: true };
}

/** A span that is begun and ended in different places. */
export interface OpenSpan {
	run<T>(work: () => T): T;
	/** `error`: what it is about failed. */
	end(facts: SpanFacts, error: string | undefined): void;
}

/** Begins the span of a request. */
export function openServerSpan(
	name: string,
	facts: SpanFacts,
	parent: SpanPlace | undefined,
): OpenSpan {
	const options = { kind: SpanKind.SERVER, attributes: facts };
	const span = tracer().startSpan(name, options, contextBelow(parent));
	const inside = trace.setSpan(context.active(), span);
	return {
		run: (work) => context.with(inside, work),
		end(more, message) {
			span.setAttributes(more);
			if (message !== undefined)
				span.setStatus({ code: SpanStatusCode.ERROR, message });
			span.end();
		},
	};
}
