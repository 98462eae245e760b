import { STATUS_CODES } from "node:http";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import Type, { type Static } from "typebox";
import type { PlanProblem } from "../domain/documents.ts";
import { type ErrorCode, errorCodes, OrchestratorError } from "../errors.ts";

export const problemSchema = Type.Object(
	{
		type: Type.String(),
		title: Type.String(),
		status: Type.Integer(),
		detail: Type.String({ description: "What is wrong with this request" }),
		code: Type.Unsafe<ErrorCode>(
			Type.Enum(Object.keys(errorCodes) as ErrorCode[], {
				description: "Stable: programs decide by it",
			}),
		),
		path: Type.Optional(
			Type.String({ description: "Where the first fault is, as a JSON path" }),
		),
		hint: Type.Optional(Type.String()),
		needed_role: Type.Optional(
			Type.String({ description: "Role without which this is refused" }),
		),
		allowed: Type.Optional(
			Type.Array(Type.String(), {
				description: "Commands that the plan takes in its present state",
			}),
		),
		problems: Type.Optional(
			Type.Array(
				Type.Object({
					path: Type.String(),
					code: Type.String(),
					message: Type.String(),
				}),
			),
		),
		request_id: Type.String(),
	},
	{
		$id: "Problem",
		description:
			"RFC 9457 problem details: the answer to everything that fails",
	},
);
export type Problem = Static<typeof problemSchema>;

/** The error responses of every route. */
export const problemResponses = {
	"4xx": problemSchema,
	"5xx": problemSchema,
} as const;

const statusOf: Partial<Record<ErrorCode, number>> = {
	MESSAGE_UNDECODABLE: 400,
	MESSAGE_INVALID: 422,
	PLAN_INVALID: 422,
	PLAN_TOO_LARGE: 422,
	PLAN_NOT_FOUND: 404,
	TICKET_NOT_FOUND: 404,
	DEAD_LETTER_NOT_FOUND: 404,
	STOP_NOT_FOUND: 404,
	WORKER_NOT_FOUND: 404,
	ROLLOUT_NOT_FOUND: 404,
	MODEL_NOT_FOUND: 404,
	MODEL_UNREADABLE: 422,
	MODEL_CHANGED: 409,
	PUBLISH_REFUSED: 422,
	PLAN_ALREADY_OPEN: 409,
	PLAN_ALREADY_RAN: 409,
	COMMAND_REFUSED: 409,
	COMMANDS_EXHAUSTED: 409,
	ROUTING_CHANGED: 409,
	ROUTING_REFUSED: 409,
	PLAN_STUCK: 503,
	IDEMPOTENCY_KEY_REUSED: 422,
	UNAUTHENTICATED: 401,
	FORBIDDEN: 403,
	RATE_LIMITED: 429,
	REQUEST_INVALID: 400,
};
/**
 * For a body that is JSON but not valid for the operation; clients distinguish it from a body that is no
 * JSON.
 */
const INVALID_BODY_STATUS = 422;
const RETRY_AFTER_SECONDS = 5;
/** Hints for servers that are away; the answer has Retry-After. */
const hints: Partial<Record<ErrorCode, string>> = {
	CACHE_UNAVAILABLE:
		"Redis does not answer: ask again later, GET /health says how it stands",
	WORKERS_UNAVAILABLE:
		"the worker registry does not answer: the last known workers are used; ask again later, GET /health says how it stands",
	STORE_UNAVAILABLE:
		"MongoDB does not answer: plans go on, and those that Temporal still knows can be read by their id; ask again later, GET /health says how it stands",
	TEMPORAL_UNAVAILABLE:
		"Temporal, or a worker behind it, does not answer: plans go on when it is back; ask again later, GET /health says how it stands",
};

export interface ProblemDetails {
	code: ErrorCode;
	detail: string;
	/** Default: the status of the code. */
	status?: number;
	hint?: string;
	needed_role?: string;
	allowed?: readonly string[];
	problems?: readonly PlanProblem[];
}

/** Answers with problem details; with Retry-After when the request may succeed later. */
export function sendProblem(
	request: FastifyRequest,
	reply: FastifyReply,
	{
		code,
		detail,
		status,
		hint,
		needed_role,
		allowed,
		problems = [],
	}: ProblemDetails,
): FastifyReply {
	const answer = status ?? statusOfProblem(code, problems);
	const isPassing = answer === 503 || answer === 429;
	// The rate limit has set a more exact time.
	if (isPassing && !reply.hasHeader("retry-after"))
		reply.header("retry-after", RETRY_AFTER_SECONDS);
	const problem: Problem = {
		type: "about:blank",
		title: STATUS_CODES[answer] ?? "Error",
		status: answer,
		detail,
		code,
		...(problems[0] && { path: problems[0].path }),
		...(hint && { hint }),
		...(needed_role && { needed_role }),
		...(allowed && { allowed: [...allowed] }),
		...(problems.length > 0 && { problems: [...problems] }),
		request_id: request.id,
	};
	return reply
		.code(answer)
		.type("application/problem+json; charset=utf-8")
		.send(problem);
}

/** Turns every thrown error into problem details. A bug of this service shows no details. */
export function sendError(
	error: unknown,
	request: FastifyRequest,
	reply: FastifyReply,
): FastifyReply {
	return sendProblem(request, reply, describeError(error));
}

function describeError(error: unknown): ProblemDetails {
	if (error instanceof OrchestratorError) {
		const { code, message } = error;
		if (statusOfCode(code) === 500)
			return { code, detail: "the service failed" };
		const {
			allowed,
			path,
			problems,
			status,
			hint = hints[code],
		} = error.details;
		return {
			code,
			detail: message,
			...(typeof status === "number" && { status }),
			...(typeof hint === "string" && { hint }),
			...(Array.isArray(allowed) && { allowed: allowed.map(String) }),
			...(typeof path === "string" && {
				problems: [{ path, code, message }],
			}),
			...(Array.isArray(problems) && { problems: problems.map(toProblem) }),
		};
	}
	const { validation, statusCode, message } = error as FastifyError;
	if (validation !== undefined) {
		const problems = listProblems(error as FastifyError);
		const detail = problems
			.map((problem) => `${problem.path} ${problem.message}`)
			.join("; ");
		return { code: "REQUEST_INVALID", detail, problems };
	}
	if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
		return { code: "REQUEST_INVALID", status: statusCode, detail: message };
	}
	return { code: "INTERNAL_ERROR", detail: "the service failed" };
}

/** Errors come from many places: only the fields of a problem are shown. */
function toProblem({ path, code, message }: PlanProblem): PlanProblem {
	return { path, code, message };
}

function statusOfProblem(
	code: ErrorCode,
	problems: readonly PlanProblem[],
): number {
	const isAboutBody = problems.some(({ path }) => /^\$\.body\b/.test(path));
	return code === "REQUEST_INVALID" && isAboutBody
		? INVALID_BODY_STATUS
		: statusOfCode(code);
}

function statusOfCode(code: ErrorCode): number {
	return statusOf[code] ?? (errorCodes[code].retryable ? 503 : 500);
}

function listProblems({
	validation = [],
	validationContext = "body",
}: FastifyError): PlanProblem[] {
	return validation.map(({ instancePath, keyword, message, params }) => {
		const missing = params.missingProperty ?? params.additionalProperty;
		const steps = instancePath.split("/").slice(1);
		if (typeof missing === "string") steps.push(missing);
		const allowed = params.allowedValues;
		return {
			path: ["$", validationContext, ...steps].join("."),
			code: keyword.toUpperCase(),
			message: Array.isArray(allowed)
				? `must be one of ${allowed.join(", ")}`
				: (message ?? "is not valid"),
		};
	});
}

/**
 * The error for a body that is JSON but not valid for the operation. `path` is within the body:
 * `$.body.reason`. Answered with 422; a body that is no JSON is answered with 400.
 */
export function invalidBody(
	path: `$.body${string}`,
	problem: string,
	hint?: string,
): OrchestratorError {
	return new OrchestratorError("REQUEST_INVALID", `${path} ${problem}`, {
		path,
		...(hint !== undefined && { hint }),
	});
}
