import { cutText } from "../domain/cut-text.ts";
import type {
	DeadLetterHeader,
	DeadLetterReason,
} from "../domain/dead-letter.ts";
import {
	type RecordHeader,
	textHeaders,
	utf8Of,
} from "../domain/record-headers.ts";
import type { KafkaRecord, OutgoingRecord } from "../plans/records.ts";
import { isTokenHeader } from "../plans/result-tokens.ts";

export type DeadLetterForm = "envelope" | "raw" | "reference";
export type Envelope = ReturnType<typeof describe>;

/**
 * Limits of kept texts, keys and headers; an envelope without the original stays within a few of these sizes.
 */
export const KEPT = {
	problems: 50,
	/** For a letter of the form `reference`, which must be small. */
	referenceProblems: 10,
	textBytes: 2_000,
	keyBytes: 32_768,
	/** Names and values of all headers. */
	headerBytes: 32_768,
} as const;

/** Names of the headers of a dead letter. */
export const letterHeaderNames = {
	form: "dlq-form",
	reason: "dlq-reason",
	topic: "dlq-source-topic",
	partition: "dlq-source-partition",
	offset: "dlq-source-offset",
	envelope: "dlq-envelope",
} as const;

/** Everything about a dead letter but its bytes. */
export function describe(
	record: KafkaRecord,
	{ code, message, hint = "", problems = [] }: DeadLetterReason,
	nowMs: number,
) {
	const { topic, partition, offset, timestampMs, key } = record;
	// Letters can be read by many.
	const headers = record.headers.filter(({ name }) => !isTokenHeader(name));
	const keptHeaders = cutHeaders(headers);
	const droppedCount = headers.length - keptHeaders.length;
	const { wholeBytes } = record;
	return {
		reason: code,
		message: cut(message),
		path: problems[0] === undefined ? null : cut(problems[0].path),
		problems: problems.slice(0, KEPT.problems).map((problem) => ({
			path: cut(problem.path),
			code: problem.code,
			message: cut(problem.message),
		})),
		problem_count: problems.length,
		hint: cut(hint),
		source: {
			topic,
			partition,
			offset,
			timestamp: timestampMs,
			key: key === null ? null : keyText(key),
			...(key !== null &&
				key.length > KEPT.keyBytes && { key_bytes: key.length }),
		},
		...headerFields(keptHeaders),
		...(droppedCount > 0 && { headers_dropped: droppedCount }),
		failed_at: nowMs,
		...(wholeBytes !== undefined && { original_bytes: wholeBytes }),
	};
}

/** The record of a dead letter in one of its forms; of `reference` the original's bytes are left out. */
export function toLetterRecord(
	topic: string,
	record: KafkaRecord,
	envelope: Envelope,
	form: DeadLetterForm,
): OutgoingRecord {
	const { reason, source } = envelope;
	const texts: Record<string, string> = {
		[letterHeaderNames.form]: form,
		[letterHeaderNames.reason]: reason,
		[letterHeaderNames.topic]: source.topic,
		[letterHeaderNames.partition]: String(source.partition),
		[letterHeaderNames.offset]: source.offset,
	};
	if (form === "raw")
		texts[letterHeaderNames.envelope] = JSON.stringify(envelope);
	return {
		topic,
		// A key that is too large would stop the last form too.
		key: record.key?.subarray(0, KEPT.keyBytes) ?? null,
		value: bodyOf(record, envelope, form),
		headers: textHeaders(texts),
	};
}

function bodyOf(
	{ value }: KafkaRecord,
	envelope: Envelope,
	form: DeadLetterForm,
): Buffer {
	if (form === "raw") return value ?? Buffer.alloc(0);
	const rest =
		form === "envelope"
			? { original_base64: value?.toString("base64") ?? null }
			: {
					problems: envelope.problems.slice(0, KEPT.referenceProblems),
					original_base64: null,
					original_bytes: envelope.original_bytes ?? value?.length ?? 0,
				};
	return Buffer.from(JSON.stringify({ ...envelope, ...rest }));
}

/** The length of a value as base64, without making it. */
export function base64Length(value: Buffer | null): number {
	return Math.ceil((value?.length ?? 0) / 3) * 4;
}

/** A key as readable text; a key that is no text is stored as bytes too. */
export function keyText(key: Buffer): string {
	return cutText(
		key.subarray(0, KEPT.textBytes + 4).toString(),
		KEPT.textBytes,
	);
}

/** A header as JSON has it. */
export function toHeaderText({ name, value }: RecordHeader): DeadLetterHeader {
	if (value === null) return { name, value: "", value_base64: null };
	const text = utf8Of(value);
	if (text !== undefined) return { name, value: text };
	return {
		name,
		value: value.toString(),
		value_base64: value.toString("base64"),
	};
}

/** The header for its form in JSON. */
export function toHeader({
	name,
	value,
	value_base64,
}: DeadLetterHeader): RecordHeader {
	if (value_base64 === null) return { name, value: null };
	const bytes =
		value_base64 === undefined
			? Buffer.from(value)
			: Buffer.from(value_base64, "base64");
	return { name, value: bytes };
}

/** Headers by name, for people; as a list too when a name comes twice or a value is no text. */
function headerFields(headers: readonly RecordHeader[]) {
	const list = headers.map(toHeaderText);
	const byName = Object.fromEntries(
		list.map(({ name, value }) => [name, value]),
	);
	const names = Object.keys(byName);
	const isAll = list.every(
		({ name, value_base64 }, index) =>
			value_base64 === undefined && names[index] === name,
	);
	return isAll ? { headers: byName } : { headers: byName, header_list: list };
}

/** The first headers, as many as fit. */
export function cutHeaders(headers: readonly RecordHeader[]): RecordHeader[] {
	let freeBytes: number = KEPT.headerBytes;
	const end = headers.findIndex(({ name, value }) => {
		// Two bytes at least, as on the topic: a header without name and value counts too.
		freeBytes -= Buffer.byteLength(name) + (value?.length ?? 0) + 2;
		return freeBytes < 0;
	});
	return headers.slice(0, end === -1 ? headers.length : end);
}

function cut(text: string): string {
	return cutText(text, KEPT.textBytes);
}
