import type { Author } from "./author.ts";
import type { PlanProblem } from "./documents.ts";
import type { RecordSource } from "./plan-run.ts";

/**
 * `redriving`: being sent back to its topic, from the request until the brokers have acknowledged it. The
 * last two states are final.
 */
export const deadLetterStates = [
	"open",
	"redriving",
	"redriven",
	"discarded",
] as const;
export type DeadLetterState = (typeof deadLetterStates)[number];
export type DeadLetterVerb = "redrive" | "discard";

/** Reasons of letters for records that a consumer has set aside. */
export const setAsideReasons = [
	"BATCH_TOO_LARGE",
	"BATCH_UNREADABLE",
	"RECORDS_DELETED",
	"SET_ASIDE",
] as const;

/** An action on a dead letter, with author and reason; times are Unix epoch, ms. */
export interface DeadLetterRecord {
	action: "redrive-requested" | "redriven" | "redrive-failed" | "discarded";
	actor: string;
	reason: string;
	at: number;
	/** The re-drive that the action was part of. */
	redrive_id: string | null;
	/** The idempotency key of a discard, if it had one. */
	idempotency_key?: string;
}

/** The last re-drive of a letter. */
export interface DeadLetterRedrive {
	redrive_id: string;
	actor: string;
	reason: string;
	at: number;
	/** Whether another body was sent back than the one that had failed. */
	is_corrected: boolean;
}

/** A dead letter in a list. Times are Unix epoch, ms. */
export interface DeadLetterSummary {
	/** `{topic}:{partition}:{offset}` of the dead letter itself; with its time behind it when another had that before. */
	id: string;
	topic: string;
	partition: number;
	offset: string;
	dead_at: number;
	/** Code: `MESSAGE_INVALID`, `LATE`, ...; UNKNOWN when this service did not write the letter. */
	reason: string;
	message: string;
	/** JSON path of the first fault. */
	path: string | null;
	hint: string;
	/** The coordinates of the failed message; null when the letter has none. */
	source: RecordSource | null;
	/** The last of several messages that one letter stands for; the first is at `source`. */
	last_offset?: string;
	/** The ids in the message, as far as it could be read. */
	plan_id: string | null;
	ticket_id: string | null;
	original_bytes: number;
	/** The letter whose re-drive led to this one. */
	redriven_from: string | null;
	/** How often the message had been re-driven when it failed. */
	redrive_attempt: number;
	/** The letter that the re-drive of this one became. */
	returned_as: string | null;
	state: DeadLetterState;
	redrive: DeadLetterRedrive | null;
	updated_at: number;
}

/** A header of a failed message, as readable text. */
export interface DeadLetterHeader {
	name: string;
	value: string;
	/** Its bytes, when they are no text; null when it has no value. */
	value_base64?: string | null;
}

export interface DeadLetter extends DeadLetterSummary {
	/**
	 * `raw`: the unchanged original; `reference`: it was too large to be kept; `foreign`: not written by this
	 * service.
	 */
	form: "envelope" | "raw" | "reference" | "foreign";
	/** Kafka key of the message, as readable text. */
	key: string | null;
	/** Its bytes, when `key` is not the same as them: they are no text, or longer than what is shown. */
	key_base64?: string;
	/** How long the key was, when not all of it was kept. */
	key_bytes?: number;
	/** The kept headers of the failed message, in their order. */
	headers: DeadLetterHeader[];
	/** The number of headers that were not kept. */
	headers_dropped?: number;
	problems: PlanProblem[];
	problem_count: number;
	history: DeadLetterRecord[];
}

/** The bytes of a letter: null where there are none, because the record had none or they were too large. */
export interface DeadLetterBytes {
	original: Buffer | null;
	/** The body that was sent back instead. */
	corrected: Buffer | null;
}

/** Which letters: those for which every given field is the same. */
export interface DeadLetterFilter {
	topic?: string;
	reason?: string;
	plan_id?: string;
}

/** A place in a list of letters, which is ordered by these two. */
export interface DeadLetterPlace {
	dead_at: number;
	id: string;
}

/** After this time without an end, another re-drive may take over its letter. */
export const REDRIVE_TAKEOVER_MS = 600_000;

/** The commands that a letter allows now. */
export function allowedVerbs(
	{ state, redrive }: Pick<DeadLetterSummary, "state" | "redrive">,
	nowMs: number,
): DeadLetterVerb[] {
	const isStuck =
		state === "redriving" && (redrive?.at ?? 0) < nowMs - REDRIVE_TAKEOVER_MS;
	return state === "open" || isStuck ? ["redrive", "discard"] : [];
}

/** A re-drive's request; the input of its workflow. */
export interface RedriveRequest {
	redrive_id: string;
	actor: string;
	reason: string;
	/** Only letters older than this are sent: a message that fails again is not sent in a loop. */
	requested_at: number;
	rate_per_second: number;
	/** A list of ids, or all open letters of a filter, oldest first. */
	selection:
		| { kind: "ids"; ids: string[] }
		| { kind: "filter"; filter: DeadLetterFilter };
	/** JSON text to send instead of the original; for a single letter only. */
	corrected: string | null;
}

/** The outcome of one letter in a re-drive; `skipped`: its state did not allow it, or it does not exist. */
export type RedriveOutcome = "redriven" | "skipped" | "failed";

export interface RedriveProgress {
	state: "running" | "finished" | "stopped" | "failed";
	redriven: number;
	skipped: number;
	/** Letters that could not be sent and are open again; their history says why. */
	failed: number;
	stopped_by: Author | null;
}

export const REDRIVE_WORKFLOW_TYPE = "redriveDeadLetters";
/** Query: `RedriveProgress`. */
export const REDRIVE_PROGRESS_QUERY = "progress";
/** Signal, args `[Author]`: the letters at hand are finished, no further ones begun. */
export const STOP_REDRIVE_SIGNAL = "stop";

/** Why a record is put aside. */
export interface DeadLetterReason {
	/** `MESSAGE_UNDECODABLE`, `PLAN_ALREADY_RAN`, `LATE`, ... */
	code: string;
	message: string;
	hint?: string;
	problems?: readonly PlanProblem[];
}
