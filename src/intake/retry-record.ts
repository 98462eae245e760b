import { headerText, textHeaders } from "../domain/record-headers.ts";
import type { IntakeRecord, OutgoingRecord } from "./intake-record.ts";

/** A result on its way: the record as it was first read, and how often it was tried. */
export interface Delivery {
	/** With the coordinates, key, headers and bytes of the first reading. */
	original: IntakeRecord;
	/** Unix epoch, ms. */
	firstSeenMs: number;
	retryCount: number;
}

const names = {
	firstSeen: "retry-first-seen-ms",
	count: "retry-count",
	reason: "retry-reason",
	topic: "retry-source-topic",
	partition: "retry-source-partition",
	offset: "retry-source-offset",
	timestamp: "retry-source-timestamp-ms",
} as const;

/** A record that is read for the first time. */
export function firstDelivery(original: IntakeRecord, nowMs: number): Delivery {
	return { original, firstSeenMs: nowMs, retryCount: 0 };
}

/** The record for the retry topic; keeps the time it was first seen and where it lay. */
export function toRetryRecord(
	topic: string,
	{ original, firstSeenMs, retryCount }: Delivery,
	reason: string,
): OutgoingRecord {
	return {
		topic,
		key: original.key,
		value: original.value ?? Buffer.alloc(0),
		headers: [
			...original.headers,
			...textHeaders({
				[names.firstSeen]: String(firstSeenMs),
				[names.count]: String(retryCount + 1),
				[names.reason]: reason,
				[names.topic]: original.topic,
				[names.partition]: String(original.partition),
				[names.offset]: original.offset,
				[names.timestamp]: String(original.timestampMs),
			}),
		],
	};
}

/**
 * Reads a record of the retry topic; one that nobody of us put there is its own original. What the headers
 * say may be said by anybody: nothing was first seen after it was put here, or it would be tried for ever.
 */
export function fromRetryRecord(record: IntakeRecord): Delivery {
	const { headers } = record;
	const topic = headerText(headers, names.topic);
	const offset = headerText(headers, names.offset);
	const toldMs = readCount(headerText(headers, names.firstSeen));
	const partition = readCount(headerText(headers, names.partition));
	const retryCount = readCount(headerText(headers, names.count)) ?? 1;
	if (
		topic === undefined ||
		offset === undefined ||
		toldMs === undefined ||
		partition === undefined
	) {
		const { timestampMs } = record;
		return { original: record, firstSeenMs: timestampMs, retryCount };
	}
	const firstSeenMs = Math.min(toldMs, record.timestampMs);
	const own: readonly string[] = Object.values(names);
	const kept = headers.filter(({ name }) => !own.includes(name));
	const timestampMs =
		readCount(headerText(headers, names.timestamp)) ?? firstSeenMs;
	const original = {
		...record,
		headers: kept,
		topic,
		partition,
		offset,
		timestampMs,
	};
	return { original, firstSeenMs, retryCount };
}

function readCount(text: string | undefined): number | undefined {
	if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
	const count = Number(text);
	return Number.isSafeInteger(count) ? count : undefined;
}
