import type {
	DeadLetter,
	DeadLetterBytes,
	DeadLetterSummary,
} from "../domain/dead-letter.ts";
import type { PlanProblem } from "../domain/documents.ts";
import { isObject } from "../domain/field-reader.ts";
import type { RecordSource } from "../domain/plan-run.ts";
import type { DecodeRecord, IntakeRecord } from "./intake-record.ts";

/** A letter as it is first written down. */
export type NewDeadLetter = DeadLetter & Pick<DeadLetterBytes, "original">;

type Fields = Record<string, unknown>;

/** Headers a re-drive puts on the message it sends. */
export const redriveHeaders = {
	from: "redriven-from",
	attempt: "redrive-attempt",
	id: "redrive-id",
} as const;

const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const MAX_ID_LENGTH = 250;

/**
 * What a record of a dead letter topic says, in whichever of its forms. Never throws: a record that
 * none of us put there is a letter as well, with itself as the original.
 */
export async function readDeadLetter(
	record: IntakeRecord,
	decode: DecodeRecord,
): Promise<NewDeadLetter> {
	const { envelope, form, original } = open(record);
	const headers = textFields(envelope.headers);
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
		message: text(envelope.message) ?? "no reason is given",
		path: text(envelope.path) ?? problems[0]?.path ?? null,
		problems,
		problem_count: count(envelope.problem_count) ?? problems.length,
		hint: text(envelope.hint) ?? "",
		source: readSource(envelope.source),
		key: readKey(record, envelope, form),
		headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
		...named,
		original_bytes: original?.length ?? count(envelope.original_bytes) ?? 0,
		redriven_from: headers[redriveHeaders.from] ?? null,
		redrive_attempt: count(Number(headers[redriveHeaders.attempt])) ?? 0,
		returned_as: null,
		state: "open",
		redrive: null,
		history: [],
		updated_at: timestampMs,
		original,
	};
}

interface Opened {
	envelope: Fields;
	form: DeadLetter["form"];
	original: Buffer | null;
}

function open({ value, headers }: IntakeRecord): Opened {
	const form = headers["dlq-form"];
	if (form === "raw") {
		const envelope = parseObject(headers["dlq-envelope"] ?? "");
		if (envelope !== undefined) return { envelope, form, original: value };
	}
	if (form === "envelope" || form === "reference") {
		const envelope = parseObject(value?.toString() ?? "");
		const base64 = text(envelope?.original_base64);
		const original = base64 === null ? null : Buffer.from(base64, "base64");
		if (envelope !== undefined) return { envelope, form, original };
	}
	return { envelope: { headers }, form: "foreign", original: value };
}

/** The plan and the ticket that the message names, as far as it can be read now. */
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

/** A reference has its key cut, if need be; the others have it as it was. */
function readKey(
	{ key }: IntakeRecord,
	{ source }: Fields,
	form: DeadLetter["form"],
): string | null {
	if (form !== "reference") return key?.toString() ?? null;
	return isObject(source) ? text(source.key) : null;
}

function readSource(value: unknown): RecordSource | null {
	if (!isObject(value)) return null;
	const topic = text(value.topic);
	const partition = count(value.partition);
	const offset = text(value.offset);
	if (topic === null || partition === undefined || offset === null) return null;
	return { topic, partition, offset };
}

function readProblems(value: unknown): PlanProblem[] {
	if (!Array.isArray(value)) return [];
	return value.filter(isObject).map(({ path, code, message }) => ({
		path: text(path) ?? "$",
		code: text(code) ?? "UNKNOWN",
		message: text(message) ?? "",
	}));
}

/** Reasons are labels of metrics: whatever is no code of ours is one and the same. */
function readReason(value: unknown): string {
	const reason = text(value);
	return reason !== null && CODE.test(reason) ? reason : "UNKNOWN";
}

function parseObject(json: string): Fields | undefined {
	try {
		const value: unknown = JSON.parse(json);
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function textFields(value: unknown): Record<string, string> {
	const entries = isObject(value) ? Object.entries(value) : [];
	return Object.fromEntries(
		entries.filter((entry): entry is [string, string] => {
			return typeof entry[1] === "string";
		}),
	);
}

function text(value: unknown): string | null {
	return typeof value === "string" ? value : null;
}

function id(value: unknown): string | null {
	return typeof value === "string" && value.length <= MAX_ID_LENGTH
		? value
		: null;
}

function count(value: unknown): number | undefined {
	return Number.isSafeInteger(value) && (value as number) >= 0
		? (value as number)
		: undefined;
}
