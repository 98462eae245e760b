import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import type { Command } from "commander";

/** Options of every command that changes something. */
export interface CommandOptions {
	reason: string;
	actor?: string;
	idempotencyKey?: string;
}

/** Adds them: a reason is required, the rest has its default. */
export function addCommandOptions(command: Command): Command {
	return command
		.requiredOption(
			"--reason <text>",
			"why; kept in the history and the audit trail",
		)
		.option(
			"--actor <name>",
			"who asks, where the service knows nobody (default: your login name)",
		)
		.option(
			"--idempotency-key <key>",
			"the same key has effect once, however often it is sent (default: a random one)",
		);
}

/** Actor, reason and idempotency key of a command; a random key when none was given. */
export function describeCommand(options: CommandOptions) {
	const key = options.idempotencyKey ?? randomUUID();
	return {
		key,
		headers: { "idempotency-key": key },
		body: { actor: options.actor ?? loginName(), reason: options.reason },
	};
}

/** A container's user may have no name. */
function loginName(): string {
	try {
		return userInfo().username;
	} catch {
		return "cli";
	}
}
