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

/** The parts of a plan's state that decide about commands. */
export interface CommandState {
	status: PlanStatus;
	/** Whether something was published, in this run or an earlier one. */
	executed: boolean;
	/** Whether a cancel was accepted. */
	cancelled: boolean;
	/** Whether an approval or a rejection was accepted. */
	answered: boolean;
	/** Whether C5 has decided. */
	concluded: boolean;
}

/** The commands that a plan in this state allows. An ended plan allows a rerun, if it was executed. */
export function allowedCommands(state: CommandState): PlanCommandName[] {
	const { status, executed, cancelled, answered, concluded } = state;
	if (isFinalStatus(status)) return executed ? ["rerun"] : [];
	const names = allowedByStatus[status] ?? [];
	if (concluded)
		return names.filter((name) => name !== "cancel" && name !== "rerun");
	// After an accepted cancel, approval or rejection no other command is allowed.
	if (cancelled || (status === "AWAITING_APPROVAL" && answered)) return [];
	return [...names];
}

/** Whether the command's effect is visible outside the plan: tickets, a frame, incidents, a final status. */
export function decides(name: PlanCommandName): boolean {
	return ["cancel", "approve", "reject", "rerun"].includes(name);
}

/** The hash that tells a repeated command from another one under the same key: SHA-256 in hex. */
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

/** Why the command is too long to be kept; undefined when it can be kept. */
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
