import {
	type Client,
	isGrpcServiceError,
	NamespaceNotFoundError,
	ServiceError,
	WorkflowExecutionAlreadyStartedError,
	type WorkflowStartOptions,
	WorkflowUpdateRPCTimeoutOrCancelledError,
} from "@temporalio/client";
import { OrchestratorError } from "../errors.ts";
import { inSpan } from "../trace-span.ts";

/** Long enough for the SDK's own retries over a broken connection, short enough to notice an outage. */
const CALL_TIMEOUT_MS = 5_000;
/** gRPC status INVALID_ARGUMENT: Temporal will never accept the same request. */
const INVALID_ARGUMENT = 3;
/** gRPC status DEADLINE_EXCEEDED: no answer in the time of the call. */
const DEADLINE_EXCEEDED = 4;

/**
 * Makes one call, bounded in time, by `limitMs` if that is less than usual. Throws PLAN_TOO_LARGE or
 * MESSAGE_INVALID when Temporal will never accept the request, TEMPORAL_UNAVAILABLE when it does not answer.
 * Errors that a caller can act on (not found, already started, workflow failed, update refused) are the SDK's
 * own.
 */
export type TemporalCalls = <T>(
	what: string,
	call: (client: Client) => Promise<T>,
	limitMs?: number,
) => Promise<T>;

export interface TemporalCallOptions {
	client: () => Client | Promise<Client>;
	/** Bound of one call to Temporal. */
	callTimeoutMs?: number;
}

/** Makes the function for all calls of the plan client. */
export function createTemporalCalls({
	client: connect,
	callTimeoutMs = CALL_TIMEOUT_MS,
}: TemporalCallOptions): TemporalCalls {
	return async (what, call, limitMs = callTimeoutMs) => {
		const client = await Promise.resolve(connect()).catch((cause: unknown) => {
			throw unavailable(what, cause);
		});
		try {
			const deadline = Date.now() + Math.min(limitMs, callTimeoutMs);
			return await inSpan(`temporal ${what.split(" ", 1)}`, factsOf(what), () =>
				client.withDeadline(deadline, () => call(client)),
			);
		} catch (error) {
			throw translate(what, error);
		}
	};
}

function factsOf(what: string) {
	return {
		"rpc.system": "grpc",
		"rpc.service": "temporal.api.workflowservice.v1.WorkflowService",
		"temporal.call": what,
	};
}

function translate(what: string, error: unknown): unknown {
	if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
		return unavailable(what, error, `timeout: ${error.message}`);
	if (error instanceof NamespaceNotFoundError) return unavailable(what, error);
	const cause = error instanceof ServiceError ? error.cause : error;
	if (!isGrpcServiceError(cause)) {
		return error instanceof ServiceError ? unavailable(what, error) : error;
	}
	const limit = updateLimitOf(cause.details);
	if (limit !== undefined) {
		const text = `${what}: ${limit.words}`;
		return new OrchestratorError("COMMANDS_EXHAUSTED", text, {
			cause: error,
			isPassing: limit.isPassing,
		});
	}
	if (cause.code === INVALID_ARGUMENT && !isOurFault(cause.details)) {
		const code = isAboutSize(cause.details)
			? "PLAN_TOO_LARGE"
			: "MESSAGE_INVALID";
		const text = `${what}: Temporal refuses it: ${cause.details}`;
		return new OrchestratorError(code, text, { cause: error });
	}
	const isTimeout = cause.code === DEADLINE_EXCEEDED;
	const why = isTimeout ? `timeout: ${cause.details}` : cause.details;
	return unavailable(what, error, why);
}

/** Temporal's limits on a run's updates are answers about that run; only their text tells them apart. */
export function updateLimitOf(
	details: string,
): { words: string; isPassing: boolean } | undefined {
	if (/in-flight updates/i.test(details))
		return {
			words:
				"its run has not answered as many other commands as Temporal keeps for it: ask again when it has, `why` says what it waits for",
			isPassing: true,
		};
	if (/total number of (distinct )?updates/i.test(details))
		return {
			words:
				"its run has taken as many commands as Temporal allows: it takes more once a fresh run goes on, which begins by itself when MongoDB has what is to be written",
			isPassing: false,
		};
	return undefined;
}

/**
 * Missing search attributes are a fault of the installation: a dead letter for every plan would be wrong, so
 * intake waits until the attributes exist.
 */
function isOurFault(details: string): boolean {
	return /search attribute/i.test(details);
}

function isAboutSize(details: string): boolean {
	return /size|too (large|long|big)|length|exceed/i.test(details);
}

function unavailable(what: string, cause: unknown, details?: string) {
	const why = details ?? (cause instanceof Error ? cause.message : "no answer");
	return new OrchestratorError("TEMPORAL_UNAVAILABLE", `${what}: ${why}`, {
		cause,
	});
}

/** Starts a workflow; false when its id is taken and the options' policies forbid a second run. */
export async function startOnce(
	calls: TemporalCalls,
	workflowType: string,
	options: WorkflowStartOptions,
): Promise<boolean> {
	try {
		await calls(`start of ${options.workflowId}`, (client) =>
			client.workflow.start(workflowType, options),
		);
		return true;
	} catch (error) {
		if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
		throw error;
	}
}
