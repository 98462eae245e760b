/** Every failure we raise on purpose. `retryable` belongs to the code, never to the place that throws. */
export const errorCodes = {
	/** The bytes of a message can never be read. */
	MESSAGE_UNDECODABLE: { retryable: false },
	/** The message was read and is no decision, plan, result or ticket. */
	MESSAGE_INVALID: { retryable: false },
	PLAN_INVALID: { retryable: false },
	PLAN_NOT_FOUND: { retryable: false },
	PLAN_ALREADY_OPEN: { retryable: false },
	PLAN_ALREADY_RAN: { retryable: false },
	/** A plan or an id exceeds a limit of intake. */
	PLAN_TOO_LARGE: { retryable: false },
	TICKET_NOT_FOUND: { retryable: false },
	DEAD_LETTER_NOT_FOUND: { retryable: false },
	/** The plan's state does not allow the command. */
	COMMAND_REFUSED: { retryable: false },
	/** The plan's workflow task fails again and again: asking once more changes nothing. */
	PLAN_STUCK: { retryable: false },
	/** The plan's run takes no more commands, or none before it has answered others. */
	COMMANDS_EXHAUSTED: { retryable: false },
	/** The idempotency key was used for another command. */
	IDEMPOTENCY_KEY_REUSED: { retryable: false },
	REGISTRY_UNAVAILABLE: { retryable: true },
	/** The brokers did not acknowledge; the message may or may not be on the topic. */
	PUBLISH_UNCONFIRMED: { retryable: true },
	/** The brokers answered and will never take the message. */
	PUBLISH_REFUSED: { retryable: false },
	STORE_UNAVAILABLE: { retryable: true },
	CACHE_UNAVAILABLE: { retryable: true },
	TEMPORAL_UNAVAILABLE: { retryable: true },
	/** A topic is paused; its records are delivered again when it goes on. */
	INTAKE_PAUSED: { retryable: true },
	REQUEST_INVALID: { retryable: false },
	/** Nobody is known by the credentials of the request. */
	UNAUTHENTICATED: { retryable: false },
	/** Who asks is known, and may not. */
	FORBIDDEN: { retryable: false },
	/** Whose the credentials are cannot be told now. */
	ACCESS_UNAVAILABLE: { retryable: true },
	/** One caller asked too often. */
	RATE_LIMITED: { retryable: true },
	/** The process finishes what it works on and takes nothing new. */
	SERVICE_STOPPING: { retryable: true },
	/** A step of a workflow did not come back; its thread serves nobody any more. */
	WORKFLOW_STUCK: { retryable: false },
	/** As many readers follow the events as the process takes, or takes of one caller. */
	TOO_MANY_READERS: { retryable: true },
	/** Bodies of requests under way have as many bytes as the process holds, or holds of one caller. */
	TOO_MANY_BODIES: { retryable: true },
	/** As many dry runs wait as the process takes, or takes of one caller. */
	TOO_MANY_REHEARSALS: { retryable: true },
	/** The thread that worked on a dry run ended before its answer. */
	REHEARSAL_LOST: { retryable: true },
	SETTINGS_INVALID: { retryable: false },
	/** A fault of ours: what no other code names. Its details are in the log only. */
	INTERNAL_ERROR: { retryable: false },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** A failure with a code from the closed list above; `details` go to logs and dead letters. */
export class OrchestratorError extends Error {
	override readonly name = "OrchestratorError";
	readonly code: ErrorCode;
	readonly details: Readonly<Record<string, unknown>>;

	constructor(
		code: ErrorCode,
		message: string,
		{ cause, ...details }: Record<string, unknown> = {},
	) {
		super(message, { cause });
		this.code = code;
		this.details = details;
	}

	get retryable(): boolean {
		return errorCodes[this.code].retryable;
	}
}

/** Whether this is a failure of ours with that code. */
export function hasCode(
	error: unknown,
	code: ErrorCode,
): error is OrchestratorError {
	return error instanceof OrchestratorError && error.code === code;
}

/** Whether the same attempt may succeed later: then nothing was decided about the record. */
export function isRetryable(error: unknown): boolean {
	return error instanceof OrchestratorError && error.retryable;
}
