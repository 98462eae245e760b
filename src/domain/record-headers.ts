/** One header of a Kafka record. Names may come again; a value is bytes, or null where there is none. */
export interface RecordHeader {
	name: string;
	value: Buffer | null;
}

/** Names of the headers of what this service publishes about a plan. */
export const planHeaderNames = {
	planId: "x-neural-hive-plan-id",
	intentId: "x-neural-hive-intent-id",
	source: "x-neural-hive-source",
	ticketId: "x-neural-hive-ticket-id",
	attempt: "x-neural-hive-attempt",
	traceId: "x-neural-hive-trace-id",
	spanId: "x-neural-hive-span-id",
	traceparent: "traceparent",
	reminder: "x-neural-hive-reminder",
} as const;

/** Headers whose values are text, as all are that we make ourselves. */
export function textHeaders(
	texts: Readonly<Record<string, string>>,
): RecordHeader[] {
	return Object.entries(texts).map(([name, text]) => ({
		name,
		value: Buffer.from(text),
	}));
}

/** The last value under a name; undefined when there is none, or when it is no text. */
export function headerText(
	headers: readonly RecordHeader[],
	name: string,
): string | undefined {
	const found = headers.findLast((header) => header.name === name);
	return found?.value ? utf8Of(found.value) : undefined;
}

/** The text of UTF-8 bytes, whole and unchanged; undefined when they are none. */
export function utf8Of(bytes: Buffer): string | undefined {
	try {
		return decoder.decode(bytes);
	} catch {
		return undefined;
	}
}

// A byte-order mark stays: these bytes come back as they were.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
