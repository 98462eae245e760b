import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";

/** A plan's free text mapped to a word of the wire, and the note to be shown when it was not already one. */
export interface Mapped<T> {
	value: T;
	note?: string;
}

type TaskType = ExecutionTicket["task_type"];
type Priority = ExecutionTicket["priority"];
type SecurityLevel = ExecutionTicket["security_level"];

const taskTypes: Record<string, TaskType> = {
	BUILD: "BUILD",
	DEPLOY: "DEPLOY",
	TEST: "TEST",
	VALIDATE: "VALIDATE",
	EXECUTE: "EXECUTE",
	COMPENSATE: "COMPENSATE",
	QUERY: "QUERY",
	TRANSFORM: "TRANSFORM",
	// The words that plans in the field use (contracts.md, "Words that plans use").
	VALIDATE_LEGACY: "VALIDATE",
	REVIEW: "VALIDATE",
	ANALYZE: "QUERY",
	CODE_GENERATION: "EXECUTE",
	GENERATE: "EXECUTE",
};

const priorities: Record<string, Priority> = {
	LOW: "LOW",
	NORMAL: "NORMAL",
	MEDIUM: "NORMAL",
	HIGH: "HIGH",
	CRITICAL: "CRITICAL",
	URGENT: "CRITICAL",
};

const securityLevels: Record<string, SecurityLevel> = {
	PUBLIC: "PUBLIC",
	INTERNAL: "INTERNAL",
	CONFIDENTIAL: "CONFIDENTIAL",
	RESTRICTED: "RESTRICTED",
};

/** Maps a free-text task type to the ticket's enum; an unknown word becomes EXECUTE. */
export function mapTaskType(text: string): Mapped<TaskType> {
	return mapWord("task_type", text, taskTypes, "EXECUTE");
}

/** `original_priority` to the ticket's enum; absent or unknown is NORMAL. */
export function mapPriority(text: string | undefined): Mapped<Priority> {
	if (!text) return { value: "NORMAL" };
	return mapWord("priority", text, priorities, "NORMAL");
}

/** `original_security_level` to the ticket's enum: absent is INTERNAL; an unknown word is the strictest level. */
export function mapSecurityLevel(
	text: string | undefined,
): Mapped<SecurityLevel> {
	if (!text) return { value: "INTERNAL" };
	return mapWord("security_level", text, securityLevels, "RESTRICTED");
}

/** The note is copied to every ticket, so cut long text. */
const MAX_NOTED_LENGTH = 80;

function mapWord<T extends string>(
	field: string,
	text: string,
	words: Record<string, T>,
	fallback: T,
): Mapped<T> {
	const key = text.trim().toUpperCase();
	const value = Object.hasOwn(words, key) ? (words[key] as T) : fallback;
	if (value === text) return { value };
	const noted = text.slice(0, MAX_NOTED_LENGTH).toWellFormed();
	return { value, note: `${field}: ${noted} -> ${value}` };
}
