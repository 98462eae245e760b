import type { RecordSource } from "../plan-run.ts";

export type SpanFacts = Record<string, string | number | boolean>;

/** A span as it is exported. Times are Unix epoch, ms. */
export interface SpanRecord {
	span_id: string;
	parent_id: string | null;
	name: string;
	kind: "internal" | "consumer" | "producer";
	from: number;
	to: number;
	facts: SpanFacts;
	/** Set when what the span is about failed. */
	error?: string;
	events?: { name: string; at: number; facts?: SpanFacts }[];
	/** Spans of the same trace that it follows. */
	links?: string[];
}

/** A record on Kafka, in OpenTelemetry's words. */
export function messageFacts({
	topic,
	partition,
	offset,
}: RecordSource): SpanFacts {
	return {
		"messaging.system": "kafka",
		"messaging.destination.name": topic,
		"messaging.destination.partition.id": String(partition),
		"messaging.kafka.offset": Number(offset),
	};
}
