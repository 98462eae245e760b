import { cutText } from "../domain/cut-text.ts";
import type {
	DeadLetter,
	DeadLetterBytes,
	DeadLetterHeader,
	DeadLetterSummary,
} from "../domain/dead-letter.ts";
import type { PlanProblem } from "../domain/documents.ts";
import { isObject, textOf } from "../domain/field-reader.ts";
import type { RecordSource } from "../domain/plan-run.ts";
import { headerText, type RecordHeader } from "../domain/record-headers.ts";
import type { DecodeRecord, KafkaRecord } from "../plans/records.ts";
import {
	cutHeaders,
	KEPT,
	keyText,
	letterHeaderNames,
	toHeader,
	toHeaderText,
} from "./envelope.ts";

/** A letter as it is first stored. */
export type NewDeadLetter = DeadLetter & Pick<DeadLetterBytes, "original">;

type Fields = Record<string, unknown>;

/** Headers a re-drive puts on the message it sends. */
export const redriveHeaderNames = {
	from: "redriven-from",
	attempt: "redrive-attempt",
	id: "redrive-id",
} as const;

/** MongoDB takes documents of 16 MB; larger originals stay on their topic only. */
const MAX_ORIGINAL_BYTES = 12 * 1_048_576;
/** More than the largest envelope we write. */
const MAX_ENVELOPE_BYTES = 16 * 1_048_576;
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const MAX_ID_LENGTH = 250;

/**
 * Reads a record of a dead letter topic in any of its forms, also as earlier releases wrote it. Never throws:
 * a record that somebody else wrote there is a letter too, with itself as the original.
 */
export async function readDeadLetter(
	record: KafkaRecord,
	decode: DecodeRecord,
): Promise<NewDeadLetter> {
	const { envelope, form, original } = open(record);
	const all = form === "foreign" ? record.headers : readHeaders(envelope);
	const kept = cutHeaders(all);
	const dropped =
		all.length - kept.length + (count(envelope.headers_dropped) ?? 0);
	const { topic, partition, offset, timestampMs } = record;
	const problems = readProblems(envelope.problems);
	const named = await readNames(original, decode);
	return {
		id: `${topic}:${partition}:${offset}`,
		topic,
		partition,
		offset,
		dead_at: timestampMs,
		form,
		reason: readReason(envelope.reason),
		message: textField(envelope.message) ?? "no reason is given",
		path: textField(envelope.path) ?? problems[0]?.path ?? null,
		problems,
		problem_count: count(envelope.problem_count) ?? problems.length,
		hint: textField(envelope.hint) ?? "",
		source: readSource(envelope.source),
		...readLast(envelope.source),
		...readKey(record, envelope),
		headers: kept.map(toHeaderText),
		...(dropped > 0 && { headers_dropped: dropped }),
		...named,
		original_bytes: original?.length ?? count(envelope.original_bytes) ?? 0,
		original:
			original !== null && original.length <= MAX_ORIGINAL_BYTES
				? original
				: null,
		redriven_from: headerText(kept, redriveHeaderNames.from) ?? null,
		redrive_attempt:
			count(Number(headerText(kept, redriveHeaderNames.attempt))) ?? 0,
		returned_as: null,
		state: "open",
		redrive: null,
		history: [],
		updated_at: timestampMs,
	};
}

interface Opened {
	envelope: Fields;
	form: DeadLetter["form"];
	original: Buffer | null;
}

function open({ value, headers }: KafkaRecord): Opened {
	const form = headerText(headers, letterHeaderNames.form);
	if (form === "raw") {
		const text = headerText(headers, letterHeaderNames.envelope);
		const envelope = parseObject(Buffer.from(text ?? ""));
		if (envelope !== undefined) return { envelope, form, original: value };
	}
	if (form === "envelope" || form === "reference") {
		const envelope = parseObject(value ?? Buffer.alloc(0));
		const base64 = envelope?.original_base64;
		const original =
			typeof base64 === "string" ? Buffer.from(base64, "base64") : null;
		if (envelope !== undefined) return { envelope, form, original };
	}
	return { envelope: {}, form: "foreign", original: value };
}

/** The ids of the plan and the ticket in the message, if it can be decoded now. */
async function readNames(
	original: Buffer | null,
	decode: DecodeRecord,
): Promise<Pick<DeadLetterSummary, "plan_id" | "ticket_id">> {
	const value =
		original === null
			? undefined
			: await decode(original).catch(() => undefined);
	const fields = isObject(value) ? value : {};
	return { plan_id: id(fields.plan_id), ticket_id: id(fields.ticket_id) };
}

type KeyFields = Pick<DeadLetter, "key" | "key_base64" | "key_bytes">;

/** The letter has the key of its message, cut if need be. */
function readKey({ key }: KafkaRecord, { source }: Fields): KeyFields {
	if (key === null) return { key: null };
	const told = isObject(source) ? count(source.key_bytes) : undefined;
	const bytes = told ?? key.length;
	const kept = key.subarray(0, KEPT.keyBytes);
	const shown = keyText(kept);
	return {
		key: shown,
		...(!Buffer.from(shown).equals(kept) && {
			key_base64: kept.toString("base64"),
		}),
		...(bytes > kept.length && { key_bytes: bytes }),
	};
}

/** The headers, from the list, or by name as in letters of earlier releases. */
function readHeaders({ headers, header_list }: Fields): RecordHeader[] {
	const list: unknown[] = Array.isArray(header_list)
		? header_list
		: Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => ({
				name,
				value,
			}));
	return list.flatMap((header) => {
		if (!isObject(header)) return [];
		const { name, value, value_base64 } = header;
		if (typeof name !== "string" || typeof value !== "string") return [];
		return [toHeader({ name, value, ...textOrNull(value_base64) })];
	});
}

function textOrNull(base64: unknown): Pick<DeadLetterHeader, "value_base64"> {
	return typeof base64 === "string" || base64 === null
		? { value_base64: base64 }
		: {};
}

function readSource(value: unknown): RecordSource | null {
	if (!isObject(value)) return null;
	const topic = textField(value.topic);
	const partition = count(value.partition);
	const offset = textField(value.offset);
	if (topic === null || partition === undefined || offset === null) return null;
	return { topic, partition, offset };
}

function readLast(source: unknown): Pick<DeadLetter, "last_offset"> {
	const last = isObject(source) ? textField(source.last_offset) : null;
	return last === null ? {} : { last_offset: last };
}

function readProblems(value: unknown): PlanProblem[] {
	if (!Array.isArray(value)) return [];
	return value
		.slice(0, KEPT.problems)
		.filter(isObject)
		.map(({ path, code, message }) => ({
			path: textField(path) ?? "$",
			code: textField(code) ?? "UNKNOWN",
			message: textField(message) ?? "",
		}));
}

/** Every text that is no code of this service becomes UNKNOWN. */
function readReason(value: unknown): string {
	return typeof value === "string" && CODE.test(value) ? value : "UNKNOWN";
}

function parseObject(json: Buffer): Fields | undefined {
	if (json.length > MAX_ENVELOPE_BYTES) return undefined;
	try {
		const value: unknown = JSON.parse(json.toString());
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

/** Cut to the same limits as on writing: others write on these topics too. */
function textField(value: unknown): string | null {
	return typeof value === "string" ? cutText(value, KEPT.textBytes) : null;
}

function id(value: unknown): string | null {
	const text = textOf(value);
	return text !== undefined && text.length <= MAX_ID_LENGTH ? text : null;
}

function count(value: unknown): number | undefined {
	return Number.isSafeInteger(value) && (value as number) >= 0
		? (value as number)
		: undefined;
}
