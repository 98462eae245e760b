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
	WORKER_NOT_FOUND: { retryable: false },
	ROLLOUT_NOT_FOUND: { retryable: false },
	/** No such model or version, or none that was champion before. */
	MODEL_NOT_FOUND: { retryable: false },
	/** The model is damaged, wants other features, or has operators that nobody here knows. */
	MODEL_UNREADABLE: { retryable: false },
	/** MLflow does not answer, or not as it should. */
	MLFLOW_UNAVAILABLE: { retryable: true },
	/** The thread that trained ended before its answer. */
	TRAINING_BROKEN: { retryable: false },
	/** Another change of the model's aliases came first. */
	MODEL_CHANGED: { retryable: false },
	/** The registry of worker agents is full, or does not take what an agent says of itself. */
	REGISTRATION_REFUSED: { retryable: false },
	/** The registry of worker agents does not answer. */
	WORKERS_UNAVAILABLE: { retryable: true },
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
	/** A notification about a plan did not arrive, or nobody knows whether it did. */
	NOTIFICATION_UNDELIVERED: { retryable: true },
	/** Nobody can tell how much of an error budget is left. */
	BUDGETS_UNKNOWN: { retryable: true },
	STORE_UNAVAILABLE: { retryable: true },
	CACHE_UNAVAILABLE: { retryable: true },
	TEMPORAL_UNAVAILABLE: { retryable: true },
	/** Somebody else has changed the routing of a release's builds, or manages it: never fought. */
	ROUTING_CHANGED: { retryable: false },
	/** Temporal does not route to the build now: it has no workers, is not known, or is still in use. */
	ROUTING_REFUSED: { retryable: true },
	/** A person has stopped intake. */
	INTAKE_STOPPED: { retryable: true },
	/** No such stop holds, or there is no such bulk cancel. */
	STOP_NOT_FOUND: { retryable: false },
	/** A topic is paused; its records are delivered again when it goes on. */
	INTAKE_PAUSED: { retryable: true },
	REQUEST_INVALID: { retryable: false },
	/** The credentials of the request belong to nobody. */
	UNAUTHENTICATED: { retryable: false },
	/** The caller is known, and does not have the right. */
	FORBIDDEN: { retryable: false },
	/** The credentials cannot be checked now. */
	ACCESS_UNAVAILABLE: { retryable: true },
	/** The tokens of tickets cannot be signed or checked now: the keys are away. */
	TOKENS_UNAVAILABLE: { retryable: true },
	/** One caller asked too often. */
	RATE_LIMITED: { retryable: true },
	/** The process finishes what it works on and takes nothing new. */
	SERVICE_STOPPING: { retryable: true },
	/** A step of a workflow does not return; its thread is blocked. */
	WORKFLOW_STUCK: { retryable: false },
	/** The limit of event readers is reached, of the process or of one caller. */
	TOO_MANY_READERS: { retryable: true },
	/** The limit of bytes in request bodies is reached, of the process or of one caller. */
	TOO_MANY_BODIES: { retryable: true },
	/** REHEARSAL means a dry run. The limit of waiting ones is reached, of the process or of one caller. */
	TOO_MANY_REHEARSALS: { retryable: true },
	/** The thread that worked on a dry run (rehearsal) ended before its answer. */
	REHEARSAL_LOST: { retryable: true },
	/** Policies gave no decision: nothing may go on by it. */
	POLICY_UNAVAILABLE: { retryable: true },
	/** The proxy in front of the instances cannot be read or told, or did not follow. */
	DEPLOY_UNAVAILABLE: { retryable: true },
	SETTINGS_INVALID: { retryable: false },
	/** A bug of this service, or an error without another code. Its details are in the log only. */
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

/** Whether the error is an OrchestratorError with that code. */
export function hasCode(
	error: unknown,
	code: ErrorCode,
): error is OrchestratorError {
	return error instanceof OrchestratorError && error.code === code;
}

/** Whether the same attempt may succeed later; if so, the record was not handled. */
export function isRetryable(error: unknown): boolean {
	return error instanceof OrchestratorError && error.retryable;
}
