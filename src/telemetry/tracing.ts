import { setImmediate as nextTurn } from "node:timers/promises";
import {
	type Context,
	context,
	propagation,
	SpanKind,
	SpanStatusCode,
	trace,
} from "@opentelemetry/api";
import type { Sampler } from "@opentelemetry/sdk-trace";
import { settlesWithin } from "../deadline.ts";
import { spansOfPlan, type TracedPlan } from "../domain/trace/plan-spans.ts";
import type { SpanRecord } from "../domain/trace/span-record.ts";
import { placePlan, type SpanPlace } from "../domain/trace/trace-context.ts";
import type { Log } from "../log.ts";
import type { BeginTrace } from "../plans/accept-decision.ts";
import { contextBelow, toContext } from "../trace-span.ts";
import type { Metrics } from "./metrics.ts";
import { createSpanOutlet } from "./span-outlet.ts";

export interface TracingSettings {
	service: { name: string; version: string; environment: string };
	url: string;
	headers: Record<string, string>;
	/** A name of `OTEL_TRACES_SAMPLER`. */
	sampler: string;
	/** 0 to 1. */
	sampledRatio: number;
	keepFailed: boolean;
}

export interface Tracing {
	beginTrace: BeginTrace;
	/** Exports the spans of a plan that has ended. */
	exportPlan(plan: TracedPlan): Promise<void>;
	/** Sends what is waiting, bounded in time. */
	close(): Promise<void>;
}

/** Spans made before other work has its turn. */
const SPANS_A_TURN = 500;
const CLOSE_TIMEOUT_MS = 5_000;

type Sdk = typeof import("@opentelemetry/sdk-trace");

/**
 * Starts OpenTelemetry for this process. A receiver that is away costs spans, which are counted, and nothing
 * else. The SDK reads its other standard variables (`OTEL_RESOURCE_ATTRIBUTES`) by itself.
 */
export async function openTracing(
	settings: TracingSettings,
	surroundings: { log: Log; metrics: Pick<Metrics, "spansDropped"> },
): Promise<Tracing> {
	// Loaded only when they are used: that takes a fifth of a second.
	const [{ NodeSDK, resources }, sdk] = await Promise.all([
		import("@opentelemetry/sdk-node"),
		import("@opentelemetry/sdk-trace"),
	]);
	const { service, keepFailed } = settings;
	const outlet = await createSpanOutlet(settings, surroundings);
	const sampler = createSampler(sdk, settings);
	const maker = createMaker(sdk, sampler);
	const detectors = [resources.envDetector];
	const node = new NodeSDK({
		resource: resources
			.resourceFromAttributes({
				"service.name": service.name,
				"service.version": service.version,
				"deployment.environment.name": service.environment,
			})
			.merge(resources.detectResources({ detectors })),
		autoDetectResources: false,
		...maker.options,
		spanProcessors: [outlet.processor],
		metricReaders: [],
		logRecordProcessors: [],
	});
	node.start();
	const exporting = new Set<Promise<void>>();

	async function makeSpans(plan: TracedPlan): Promise<void> {
		const spans = spansOfPlan(plan);
		// A tree goes out whole or not at all.
		if (!outlet.hasRoomFor(spans.length)) return outlet.drop(spans.length);
		for (const [index, span] of spans.entries()) {
			if (index % SPANS_A_TURN === SPANS_A_TURN - 1) await nextTurn();
			maker.make(plan.trace.trace_id, span);
		}
	}

	return {
		beginTrace({ decision, source, received_at_ms }, parent) {
			const arrival = source
				? `${source.topic}/${source.partition}/${source.offset}`
				: String(received_at_ms);
			const place = placePlan(decision, arrival, parent);
			const about = [contextBelow(parent), place.trace_id] as const;
			const sampled = isSampled(sdk, sampler, ...about);
			return { ...place, sampled, keep_failed: keepFailed };
		},
		async exportPlan(plan) {
			const made = makeSpans(plan);
			exporting.add(made);
			await made.finally(() => exporting.delete(made));
		},
		async close() {
			await settlesWithin(
				CLOSE_TIMEOUT_MS,
				Promise.allSettled(exporting).then(() => node.shutdown()),
			);
			for (const api of [trace, context, propagation]) api.disable();
		},
	};
}

function createSampler(
	sdk: Sdk,
	{ sampler: name, sampledRatio }: TracingSettings,
): Sampler {
	const own = name.endsWith("always_on")
		? new sdk.AlwaysOnSampler()
		: name.endsWith("always_off")
			? new sdk.AlwaysOffSampler()
			: new sdk.TraceIdRatioBasedSampler(sampledRatio);
	return name.startsWith("parentbased_")
		? new sdk.ParentBasedSampler({ root: own })
		: own;
}

function isSampled(
	sdk: Sdk,
	sampler: Sampler,
	from: Context,
	traceId: string,
): boolean {
	const { INTERNAL } = SpanKind;
	const about = [from, traceId, "plan", INTERNAL, {}] as const;
	const { decision } = sampler.shouldSample(...about, []);
	return decision === sdk.SamplingDecision.RECORD_AND_SAMPLED;
}

const kinds = {
	internal: SpanKind.INTERNAL,
	consumer: SpanKind.CONSUMER,
	producer: SpanKind.PRODUCER,
} as const;

/** Makes spans with ids of ours, whatever the sampler says of others. */
function createMaker(sdk: Sdk, sampler: Sampler) {
	const random = new sdk.RandomIdGenerator();
	let named: { traceId: string; spanId: string } | undefined;
	return {
		options: {
			idGenerator: {
				generateTraceId: () => named?.traceId ?? random.generateTraceId(),
				generateSpanId: () => named?.spanId ?? random.generateSpanId(),
			},
			sampler: {
				shouldSample: (...about: Parameters<Sampler["shouldSample"]>) =>
					named === undefined
						? sampler.shouldSample(...about)
						: { decision: sdk.SamplingDecision.RECORD_AND_SAMPLED },
				toString: () => sampler.toString(),
			},
		},
		make(traceId: string, record: SpanRecord): void {
			const { span_id, parent_id, name, kind, from, to, facts } = record;
			const { error, events = [], links = [] } = record;
			const at = (span_id: string): SpanPlace => {
				return { trace_id: traceId, span_id, sampled: true };
			};
			named = { traceId, spanId: span_id };
			const span = trace.getTracer("orchestrator-dynamic").startSpan(
				name,
				{
					kind: kinds[kind],
					startTime: from,
					attributes: facts,
					links: links.map((spanId) => ({ context: toContext(at(spanId)) })),
				},
				contextBelow(parent_id === null ? null : at(parent_id)),
			);
			named = undefined;
			for (const event of events)
				span.addEvent(event.name, event.facts ?? {}, event.at);
			if (error !== undefined)
				span.setStatus({ code: SpanStatusCode.ERROR, message: error });
			// The clocks of Temporal and of the worker may differ by a little.
			span.end(Math.max(from, to));
		},
	};
}
