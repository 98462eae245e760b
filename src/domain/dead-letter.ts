import type { PlanProblem } from "./documents.ts";
import type { RecordSource } from "./plan-run.ts";

/**
 * `redriving`: on its way back to its topic, from the moment somebody asked for it until the brokers
 * have acknowledged it. The last two are final.
 */
export const deadLetterStates = [
	"open",
	"redriving",
	"redriven",
	"discarded",
] as const;
export type DeadLetterState = (typeof deadLetterStates)[number];
export type DeadLetterVerb = "redrive" | "discard";

/** Why letters stand for records that a consumer passed over, because nothing can ever be done with them. */
export const setAsideReasons = [
	"BATCH_TOO_LARGE",
	"BATCH_UNREADABLE",
	"RECORDS_DELETED",
	"SET_ASIDE",
] as const;

/** What was done with a dead letter, by whom and why; times are Unix epoch, ms. */
export interface DeadLetterRecord {
	action: "redrive-requested" | "redriven" | "redrive-failed" | "discarded";
	actor: string;
	reason: string;
	at: number;
	/** The re-drive this was part of. */
	redrive_id: string | null;
	/** Of a discard that was asked for under one. */
	idempotency_key?: string;
}

/** Who asked and why. */
export interface CommandAuthor {
	actor: string;
	reason: string;
}

/** The re-drive that has a letter, or had it last. */
export interface DeadLetterRedrive {
	redrive_id: string;
	actor: string;
	reason: string;
	at: number;
	/** Another body went back than the one that had failed. */
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
	/** Code: `MESSAGE_INVALID`, `LATE`, ...; UNKNOWN when it is not one of our letters. */
	reason: string;
	message: string;
	/** JSON path of the first fault. */
	path: string | null;
	hint: string;
	/** Where the message lay that failed; null when it does not say. */
	source: RecordSource | null;
	/** The last of several messages that one letter stands for; the first is at `source`. */
	last_offset?: string;
	/** What the message names, as far as it could be read. */
	plan_id: string | null;
	ticket_id: string | null;
	original_bytes: number;
	/** The letter whose re-drive this one comes from. */
	redriven_from: string | null;
	/** How often the message had been re-driven when it failed. */
	redrive_attempt: number;
	/** The letter that the re-drive of this one became. */
	returned_as: string | null;
	state: DeadLetterState;
	redrive: DeadLetterRedrive | null;
	updated_at: number;
}

/** A header of a message that failed, for people's eyes. */
export interface DeadLetterHeader {
	name: string;
	value: string;
	/** Its bytes, when they are no text; null when it has no value. */
	value_base64?: string | null;
}

export interface DeadLetter extends DeadLetterSummary {
	/** `raw`: the original as it was; `reference`: it was too large to be kept; `foreign`: not ours. */
	form: "envelope" | "raw" | "reference" | "foreign";
	/** Kafka key of the message, for people's eyes. */
	key: string | null;
	/** Its bytes, when `key` is not the same as them: they are no text, or longer than what is shown. */
	key_base64?: string;
	/** How long the key was, when not all of it was kept. */
	key_bytes?: number;
	/** Headers of the message that failed, in their order, as many as were kept. */
	headers: DeadLetterHeader[];
	/** How many were not. */
	headers_dropped?: number;
	problems: PlanProblem[];
	problem_count: number;
	history: DeadLetterRecord[];
}

/** The bytes of a letter: null where there are none, because the record had none or they were too large. */
export interface DeadLetterBytes {
	original: Buffer | null;
	/** What went back instead. */
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

/** A re-drive that has not come to an end for so long may be taken over by another one. */
export const REDRIVE_TAKEOVER_MS = 600_000;

/** What may be asked of a letter now. */
export function allowedVerbs(
	{ state, redrive }: Pick<DeadLetterSummary, "state" | "redrive">,
	nowMs: number,
): DeadLetterVerb[] {
	const isStuck =
		state === "redriving" && (redrive?.at ?? 0) < nowMs - REDRIVE_TAKEOVER_MS;
	return state === "open" || isStuck ? ["redrive", "discard"] : [];
}

/** What brings letters back to their topics; the input of the workflow that does it. */
export interface RedriveRequest {
	redrive_id: string;
	actor: string;
	reason: string;
	/** Letters that died later are left alone: what fails again is not sent round and round. */
	requested_at: number;
	rate_per_second: number;
	/** A list of ids, or all open letters of a filter, oldest first. */
	selection:
		| { kind: "ids"; ids: string[] }
		| { kind: "filter"; filter: DeadLetterFilter };
	/** JSON text that goes back instead of the original; for a single letter only. */
	corrected: string | null;
}

/** What became of one letter in a re-drive; `skipped`: its state did not allow it, or it is not there. */
export type RedriveOutcome = "redriven" | "skipped" | "failed";

export interface RedriveProgress {
	state: "running" | "finished" | "stopped" | "failed";
	redriven: number;
	skipped: number;
	/** Letters that could not be sent and are open again; their history says why. */
	failed: number;
	stopped_by: CommandAuthor | null;
}

export const REDRIVE_WORKFLOW_TYPE = "redriveDeadLetters";
/** Query: `RedriveProgress`. */
export const REDRIVE_PROGRESS_QUERY = "progress";
/** Signal, args `[CommandAuthor]`: the letters at hand are finished, no further ones begun. */
export const STOP_REDRIVE_SIGNAL = "stop";

/** Why a record is put aside. */
export interface DeadLetterReason {
	/** `MESSAGE_UNDECODABLE`, `PLAN_ALREADY_RAN`, `LATE`, ... */
	code: string;
	message: string;
	hint?: string;
	problems?: readonly PlanProblem[];
}
