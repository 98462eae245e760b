import { TRACEPARENT } from "./trace/trace-context.ts";

/** One header of a Kafka record. A name may come more than once; a value is bytes or null. */
export interface RecordHeader {
	name: string;
	value: Buffer | null;
}

/** Header names of the messages that this service publishes about a plan. */
export const planHeaderNames = {
	planId: "x-neural-hive-plan-id",
	intentId: "x-neural-hive-intent-id",
	source: "x-neural-hive-source",
	ticketId: "x-neural-hive-ticket-id",
	attempt: "x-neural-hive-attempt",
	traceId: "x-neural-hive-trace-id",
	spanId: "x-neural-hive-span-id",
	traceparent: TRACEPARENT,
	baggage: "baggage",
	reminder: "x-neural-hive-reminder",
} as const;

/** With the token of an attempt: on its ticket, where tokens travel so, and on a result that returns it. */
export const TOKEN_HEADER = "ticket-token";

/** Makes headers with text values, as all headers of this service have. */
export function textHeaders(
	texts: Readonly<Record<string, string>>,
): RecordHeader[] {
	return Object.entries(texts).map(([name, text]) => ({
		name,
		value: Buffer.from(text),
	}));
}

/** The last value under a name; undefined when there is no such header, or its value is no text. */
export function headerText(
	headers: readonly RecordHeader[],
	name: string,
): string | undefined {
	const found = headers.findLast((header) => header.name === name);
	return found?.value ? utf8Of(found.value) : undefined;
}

/** The text of UTF-8 bytes, whole and unchanged; undefined when the bytes are no UTF-8. */
export function utf8Of(bytes: Buffer): string | undefined {
	try {
		return decoder.decode(bytes);
	} catch {
		return undefined;
	}
}

// A byte-order mark stays: these bytes come back as they were.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
