import { canonicalJson, textHash } from "./canonical-json.ts";
import { jsonBytes } from "./json-bytes.ts";
import {
	isFinalStatus,
	type PlanCommand,
	type PlanCommandName,
	type PlanStatus,
} from "./plan-run.ts";

const allowedByStatus: Partial<Record<PlanStatus, PlanCommandName[]>> = {
	VALIDATING: ["priority", "cancel"],
	AWAITING_APPROVAL: ["approve", "reject", "priority", "cancel"],
	RUNNING: ["pause", "rerun", "priority", "cancel"],
	PAUSED: ["resume", "rerun", "priority", "cancel"],
	COMPENSATING: ["pause", "priority"],
};

/** What of a plan's state decides about commands. */
export interface CommandState {
	status: PlanStatus;
	/** Something was published, in this run or an earlier one. */
	executed: boolean;
	/** A cancel was accepted. */
	cancelled: boolean;
	/** An approval or a rejection was accepted. */
	answered: boolean;
	/** C5 has decided. */
	concluded: boolean;
}

/** The commands a plan in this state takes. One that has ended takes a rerun, if it was executed. */
export function allowedCommands(state: CommandState): PlanCommandName[] {
	const { status, executed, cancelled, answered, concluded } = state;
	if (isFinalStatus(status)) return executed ? ["rerun"] : [];
	const names = allowedByStatus[status] ?? [];
	if (concluded)
		return names.filter((name) => name !== "cancel" && name !== "rerun");
	// What was accepted leaves nothing to be asked for.
	if (cancelled || (status === "AWAITING_APPROVAL" && answered)) return [];
	return [...names];
}

/** Whether what the command does shows outside the plan: in tickets, a frame, incidents, a status that is final. */
export function decides(name: PlanCommandName): boolean {
	return ["cancel", "approve", "reject", "rerun"].includes(name);
}

/** What tells a command that is asked for again from another one under the same key: SHA-256 in hex. */
export function commandHash(
	name: PlanCommandName,
	{
		idempotency_key: _key,
		via: _via,
		authenticated: _authenticated,
		...command
	}: PlanCommand,
): string {
	return textHash(canonicalJson({ name, command }));
}

/** Each command is kept in the plan's history and audit trail; longer ones would not fit there. */
const MAX_COMMAND_BYTES = 16_384;
const MAX_WORDS_LENGTH = 1_000;

/** Why the command is too long to be kept; undefined when it is not. */
export function oversizeProblem(
	name: PlanCommandName,
	command: PlanCommand,
): string | undefined {
	for (const field of ["actor", "reason"] as const) {
		const { length } = command[field];
		if (length > MAX_WORDS_LENGTH)
			return `the ${field} of ${name} has ${length} characters, at most ${MAX_WORDS_LENGTH} are allowed: shorten it`;
	}
	const bytes = jsonBytes(command);
	return bytes <= MAX_COMMAND_BYTES
		? undefined
		: `${name} has ${bytes} bytes as JSON, at most ${MAX_COMMAND_BYTES} are allowed: shorten what it says`;
}
