import { cutHeaders, KEPT } from "../dead-letters/envelope.ts";
import type { TicketResult } from "../domain/plan-run.ts";
import {
	headerText,
	type RecordHeader,
	textHeaders,
} from "../domain/record-headers.ts";
import type { KafkaRecord, OutgoingRecord } from "../plans/records.ts";

/** A result under delivery: the record as it was first read, and the number of tries. */
export interface Delivery {
	/** With the coordinates, key, headers and bytes of the first reading. */
	original: KafkaRecord;
	/** Unix epoch, ms. */
	firstSeenMs: number;
	retryCount: number;
}

/** Names of the headers of a record on a retry topic. */
export const retryHeaderNames = {
	firstSeen: "retry-first-seen-ms",
	count: "retry-count",
	reason: "retry-reason",
	topic: "retry-source-topic",
	partition: "retry-source-partition",
	offset: "retry-source-offset",
	timestamp: "retry-source-timestamp-ms",
	wholeBytes: "retry-source-bytes",
} as const;

/** A value up to this size is carried unchanged; of a larger value only the fields that a plan needs. */
const CARRIED_BYTES = 16_384;

/** The parts of a record that a plan needs. */
export interface ReadRecord {
	result: TicketResult;
	/** The plan id in a header or in the record. */
	namedPlanId: string | null;
}

/** Facts about the next try of a record. */
export interface Retrial {
	reason: string;
	/** Headers with the ticket's token, for a record whose value was cut. */
	proof?: readonly RecordHeader[];
	/** Headers by which the record with the value that goes out is believed again, whenever it was written. */
	seal?(value: Buffer): readonly RecordHeader[];
}

/** A record that is read for the first time. */
export function firstDelivery(original: KafkaRecord, nowMs: number): Delivery {
	return { original, firstSeenMs: nowMs, retryCount: 0 };
}

/**
 * Makes the record for a retry topic, with the original's coordinates and the time it was first seen. The
 * record is small however large the original is: a large one is replaced by the fields that a plan needs.
 */
export function toRetryRecord(
	topic: string,
	{ original, firstSeenMs, retryCount }: Delivery,
	read: ReadRecord,
	{ reason, proof = [], seal }: Retrial,
): OutgoingRecord {
	const sealed = withSeal(original, [], seal);
	const { key, value, headers, wholeBytes } = isSmall(sealed)
		? sealed
		: withSeal(cutDown(original, read), proof, seal);
	return {
		topic,
		key,
		value,
		headers: [
			...cutHeaders(headers),
			...textHeaders({
				[retryHeaderNames.firstSeen]: String(firstSeenMs),
				[retryHeaderNames.count]: String(retryCount + 1),
				[retryHeaderNames.reason]: reason,
				[retryHeaderNames.topic]: original.topic,
				[retryHeaderNames.partition]: String(original.partition),
				[retryHeaderNames.offset]: original.offset,
				[retryHeaderNames.timestamp]: String(original.timestampMs),
				...(wholeBytes !== undefined && {
					[retryHeaderNames.wholeBytes]: String(wholeBytes),
				}),
			}),
		],
	};
}

function isSmall({ key, value, headers }: KafkaRecord): boolean {
	return (
		(value?.length ?? 0) <= CARRIED_BYTES &&
		(key?.length ?? 0) <= KEPT.keyBytes &&
		cutHeaders(headers).length === headers.length
	);
}

function cutDown(original: KafkaRecord, read: ReadRecord): KafkaRecord {
	return {
		...original,
		key: original.key?.subarray(0, KEPT.keyBytes) ?? null,
		value: Buffer.from(JSON.stringify(messageOf(read))),
		wholeBytes: original.wholeBytes ?? original.value?.length ?? 0,
	};
}

/** With proof and seal before all other headers, of which only the first are kept. */
function withSeal(
	record: KafkaRecord,
	proof: readonly RecordHeader[],
	seal: Retrial["seal"] = () => [],
) {
	const value = record.value ?? Buffer.alloc(0);
	const first = [...proof, ...seal(value)];
	const others = record.headers.filter((one) => !isAmong(one, first));
	return { ...record, value, headers: [...first, ...others] };
}

function isAmong(header: RecordHeader, list: readonly RecordHeader[]): boolean {
	const { name, value } = header;
	return list.some(
		(one) =>
			one.name === name && value !== null && one.value?.equals(value) === true,
	);
}

/** In the form of the original message, so that it is read as the same result again. */
function messageOf({ result, namedPlanId: plan_id }: ReadRecord): object {
	const { ticket_id, status, agent_id, error_message, output } = result;
	const { actual_duration_ms, reported_at_ms, kind, preempted } = result;
	if (kind === "dead-letter") {
		const original_error = error_message;
		const dlq_published_at = reported_at_ms;
		const dlq_metadata = { agent_id, original_error, dlq_published_at };
		return { ticket_id, plan_id, dlq_metadata };
	}
	return {
		ticket_id,
		plan_id,
		status: preempted ? "PREEMPTED" : status,
		agent_id,
		error_message,
		actual_duration_ms,
		result: { output },
		timestamp: reported_at_ms,
	};
}

/**
 * Reads a record of a retry topic; a record that this service did not write is its own original. Anybody may
 * have written the headers: a first-seen time later than the record's own is not believed, or the record
 * would be tried for ever.
 */
export function fromRetryRecord(record: KafkaRecord): Delivery {
	const { headers } = record;
	const topic = headerText(headers, retryHeaderNames.topic);
	const offset = headerText(headers, retryHeaderNames.offset);
	const toldMs = readCount(headerText(headers, retryHeaderNames.firstSeen));
	const partition = readCount(headerText(headers, retryHeaderNames.partition));
	const retryCount =
		readCount(headerText(headers, retryHeaderNames.count)) ?? 1;
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
	const { isBrokersTime: _, ...rest } = record;
	const own: readonly string[] = Object.values(retryHeaderNames);
	const kept = headers.filter(({ name }) => !own.includes(name));
	const timestampMs =
		readCount(headerText(headers, retryHeaderNames.timestamp)) ?? firstSeenMs;
	const wholeBytes = readCount(
		headerText(headers, retryHeaderNames.wholeBytes),
	);
	const original = {
		...rest,
		...(wholeBytes !== undefined && { wholeBytes }),
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
