import type { SpanExporter, SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Log } from "../log.ts";
import type { Metrics } from "./metrics.ts";

/** Sends spans in batches, and counts those that the receiver will not get. */
export interface SpanOutlet {
	processor: SpanProcessor;
	hasRoomFor(count: number): boolean;
	drop(count: number): void;
}

/** At most so many spans wait for the receiver; a plan of 5,000 tickets has some 10,000. */
const MAX_WAITING = 30_000;
/** What a killed process loses. */
const SEND_INTERVAL_MS = 1_000;

/** Speaks OTLP over HTTP, in protobuf. */
export async function createSpanOutlet(
	{ url, headers }: { url: string; headers: Record<string, string> },
	{ log, metrics }: { log: Log; metrics: Pick<Metrics, "spansDropped"> },
): Promise<SpanOutlet> {
	const [{ OTLPTraceExporter }, { BatchSpanProcessor }] = await Promise.all([
		import("@opentelemetry/exporter-trace-otlp-proto"),
		import("@opentelemetry/sdk-trace"),
	]);
	const exporter = new OTLPTraceExporter({ url, headers });
	let waiting = 0;
	let isAway = false;

	function drop(count: number): void {
		metrics.spansDropped.inc(count);
	}

	/** Said when it changes: spans come all the time. */
	function tell(error: Error | undefined): void {
		if (isAway === (error !== undefined)) return;
		isAway = error !== undefined;
		if (isAway) log.warn({ error, url }, "spans are lost: no receiver");
		else log.info({ url }, "spans are received again");
	}

	const counted: SpanExporter = {
		export(spans, done) {
			exporter.export(spans, (result) => {
				waiting -= spans.length;
				if (result.code === 0) tell(undefined);
				else {
					drop(spans.length);
					tell(result.error ?? new Error("no reason given"));
				}
				done(result);
			});
		},
		shutdown: async () => await exporter.shutdown(),
	};
	const batches = new BatchSpanProcessor({
		exporter: counted,
		maxQueueSize: MAX_WAITING,
		scheduledDelayMillis: SEND_INTERVAL_MS,
	});
	return {
		hasRoomFor: (count) => waiting + count <= MAX_WAITING,
		drop,
		processor: {
			onStart: () => {},
			onEnd(span) {
				// The batches would leave it out without a word.
				if ((span.spanContext().traceFlags & 1) === 0) return;
				if (waiting >= MAX_WAITING) return drop(1);
				waiting += 1;
				batches.onEnd(span);
			},
			forceFlush: async () => await batches.forceFlush(),
			shutdown: async () => await batches.shutdown(),
		},
	};
}
