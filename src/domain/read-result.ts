import { sortedJson } from "./canonical-json.ts";
import type { PlanProblem } from "./documents.ts";
import {
	FieldReader,
	isObject,
	MAX_ID_LENGTH,
	quote,
	textOf,
} from "./field-reader.ts";
import type { RecordSource, ResultStatus, TicketResult } from "./plan-run.ts";
import { MAX_ESTIMATE_MS } from "./read-plan.ts";
import { foldTicketId } from "./ticket-ids.ts";
import { utf8Bytes } from "./utf8.ts";

/** The kept size of a result's output, keys and values together, in UTF-8 bytes. */
export const MAX_OUTPUT_BYTES = 4_096;
/** Longest error message that travels with a result. */
export const MAX_ERROR_LENGTH = 1_000;
/** The key that marks a cut output; the whole record is at `source`. */
export const TRUNCATED_KEY = "truncated";

/** The contract's status words, and the words of workers, schedulers and other engines for them. */
const statuses: Record<string, ResultStatus> = {
	COMPLETED: "COMPLETED",
	SUCCESS: "COMPLETED",
	SUCCEEDED: "COMPLETED",
	RUNNING: "RUNNING",
	IN_PROGRESS: "RUNNING",
	FAILED: "FAILED",
	FAILURE: "FAILED",
	ERROR: "FAILED",
	TIMEOUT: "FAILED",
	TIMED_OUT: "FAILED",
	CANCELLED: "FAILED",
	CANCELED: "FAILED",
	PREEMPTED: "FAILED",
	ABORTED: "FAILED",
};
/** The words that are put before the worker's error text when its status says more than FAILED. */
const said: Record<string, string> = {
	TIMEOUT: "timeout",
	TIMED_OUT: "timeout",
	CANCELLED: "cancelled",
	CANCELED: "cancelled",
	PREEMPTED: "preempted",
	ABORTED: "aborted",
};

export type ResultReading =
	| {
			ok: true;
			/** Wire id of the attempt. */
			ticketId: string;
			result: TicketResult;
			/** The plan's id, if the record has one: dead letters of tickets have it, results do not. */
			planId: string | null;
	  }
	/** The ticket id, if there is one. */
	| { ok: false; ticketId: string; problems: PlanProblem[] };

/** Reads an ExecutionResult (contracts.md, "Execution results"). Tells every problem at once; never throws. */
export function readResult(
	value: unknown,
	source: RecordSource | null,
): ResultReading {
	const problems: PlanProblem[] = [];
	const strict = new FieldReader(value, "$", problems);
	if (!isObject(value)) return { ok: false, ticketId: "", problems };
	const lenient = new FieldReader(value, "$");
	const payload = isObject(value.result) ? value.result : {};
	const ticket_id = readTicketId(strict);
	const said = readStatus(strict);
	// The Avro contract has no word for it.
	const isPreempted =
		statuses[said] === "FAILED" &&
		new FieldReader(payload.metadata, "$").optionalText("preempted") === "true";
	const word = isPreempted ? "PREEMPTED" : said;
	const result: TicketResult = {
		ticket_id,
		status: statuses[word] ?? "FAILED",
		agent_id: cut(lenient.optionalText("agent_id"), MAX_ID_LENGTH),
		actual_duration_ms: readDuration(lenient),
		error_message: cut(
			withWord(word, lenient.optionalText("error_message")),
			MAX_ERROR_LENGTH,
		),
		output: cutOutput(payload.output),
		reported_at_ms: lenient.optionalTimestamp("timestamp"),
		source,
		...(word === "PREEMPTED" && { preempted: true }),
		kind: "result",
	};
	if (problems.length > 0) return { ok: false, ticketId: ticket_id, problems };
	return { ok: true, ticketId: ticket_id, result, planId: readPlanId(value) };
}

/**
 * Reads an entry of execution.tickets.dlq (contracts.md, "Worker agents": a ticket with `dlq_metadata`): its attempt
 * has FAILED. Tells every problem at once; never throws.
 */
export function readTicketDeadLetter(
	value: unknown,
	source: RecordSource | null,
): ResultReading {
	const problems: PlanProblem[] = [];
	const strict = new FieldReader(value, "$", problems);
	if (!isObject(value)) return { ok: false, ticketId: "", problems };
	const ticketId = readTicketId(strict);
	if (problems.length > 0) return { ok: false, ticketId, problems };
	const facts = isObject(value.dlq_metadata) ? value.dlq_metadata : {};
	const about = new FieldReader(facts, "$.dlq_metadata");
	const result: TicketResult = {
		ticket_id: ticketId,
		status: "FAILED",
		agent_id: cut(about.optionalText("agent_id"), MAX_ID_LENGTH),
		actual_duration_ms: null,
		error_message: cut(deadLetterError(about, value), MAX_ERROR_LENGTH),
		output: {},
		reported_at_ms:
			about.optionalTimestamp("dlq_published_at") ??
			about.optionalTimestamp("last_failure_timestamp"),
		source,
		kind: "dead-letter",
	};
	return { ok: true, ticketId, result, planId: readPlanId(value) };
}

function deadLetterError(
	about: FieldReader,
	ticket: Record<string, unknown>,
): string {
	const type = about.optionalText("error_type");
	const text =
		about.optionalText("original_error") ??
		new FieldReader(ticket, "$").optionalText("error_message") ??
		"the worker gave the ticket up";
	const error = type === null ? text : `${type}: ${text}`;
	const retries = about.optionalNumber("retry_count");
	return retries === null ? error : `${error} (after ${retries} retries)`;
}

function readTicketId(reader: FieldReader): string {
	const id = reader.text("ticket_id");
	if (id.length > MAX_ID_LENGTH || !id.isWellFormed() || /\p{Cc}/u.test(id)) {
		reader.report(
			"ticket_id",
			"ID_INVALID",
			`is no ticket id: at most ${MAX_ID_LENGTH} printable characters are allowed`,
		);
	}
	return foldTicketId(id);
}

/** The worker's status word in capitals; an unknown word is a problem. */
function readStatus(reader: FieldReader): string {
	const text = reader.text("status");
	const word = text.trim().toUpperCase().replace(/[ -]+/g, "_");
	if (word !== "" && !Object.hasOwn(statuses, word)) {
		reader.report(
			"status",
			"STATUS_UNKNOWN",
			`is ${quote(text)}, expected COMPLETED, FAILED or RUNNING (also taken: ${Object.keys(statuses).join(", ")})`,
		);
	}
	return word;
}

/** The worker's error text, with its status word if that would be lost. */
function withWord(word: string, text: string | null): string | null {
	const note = said[word];
	if (note === undefined) return text;
	const prefix = `the worker reported ${note}: `;
	// It comes from a retry topic.
	if (text?.startsWith(prefix)) return text;
	return prefix + (text || "it gave no reason");
}

/** No duration is better than an impossible one: sums and averages use it. */
function readDuration(reader: FieldReader): number | null {
	const duration = reader.optionalNumber("actual_duration_ms", {
		maximum: MAX_ESTIMATE_MS,
	});
	return duration === null ? null : Math.max(0, Math.round(duration));
}

function readPlanId({ plan_id }: Record<string, unknown>): string | null {
	const id = textOf(plan_id) ?? "";
	if (id === "" || id.length > MAX_ID_LENGTH) return null;
	return id.isWellFormed() ? id : null;
}

/** The output's first entries as text, as many as fit; a value that does not fit is cut. */
export function cutOutput(value: unknown): Record<string, string> {
	if (!isObject(value)) return {};
	const kept: [string, string][] = [];
	let freeBytes = MAX_OUTPUT_BYTES - TRUNCATED_KEY.length - "true".length;
	for (const [key, item] of Object.entries(value)) {
		const text = typeof item === "string" ? item : sortedJson(item);
		const keyBytes = utf8Bytes(key);
		const bytes = keyBytes + utf8Bytes(text);
		if (bytes <= freeBytes) {
			kept.push([key, text]);
			freeBytes -= bytes;
			continue;
		}
		if (keyBytes < freeBytes) {
			kept.push([key, cutBytes(text, freeBytes - keyBytes)]);
		}
		kept.push([TRUNCATED_KEY, "true"]);
		break;
	}
	return Object.fromEntries(kept);
}

/** The text, well-formed and at most so long; none for empty text. */
export function cut(text: string | null, maxLength: number): string | null {
	if (text === null || text === "") return null;
	if (text.length <= maxLength) return text.toWellFormed();
	return `${text.slice(0, maxLength - 3)}...`.toWellFormed();
}

/** At most `maxBytes` of the text's UTF-8, never half a character. */
function cutBytes(text: string, maxBytes: number): string {
	const target = new Uint8Array(maxBytes);
	const { written } = new TextEncoder().encodeInto(text, target);
	return new TextDecoder().decode(target.subarray(0, written));
}
