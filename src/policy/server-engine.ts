import { setTimeout as sleep } from "node:timers/promises";
import { isObject } from "../domain/field-reader.ts";
import { toJson } from "../domain/json-text.ts";
import { OrchestratorError } from "../errors.ts";
import { limitConcurrency } from "../limit-concurrency.ts";
import { AnswerTooLarge, readAnswer } from "../read-answer.ts";
import {
	type CircuitBreaker,
	type CircuitState,
	createCircuitBreaker,
} from "./circuit-breaker.ts";
import type { PolicyDocuments, PolicyEngine, PolicyInputs } from "./engine.ts";

export interface ServerEngineSettings {
	/** `http://127.0.0.1:8181`, without path. */
	url: string;
	/** Of one try. */
	timeoutMs: number;
	/** Tries after the first. */
	retryAttempts: number;
	circuit: { enabled: boolean; failureThreshold: number; resetMs: number };
	onError?: (type: PolicyErrorType) => void;
	onCircuit?: (from: CircuitState, to: CircuitState) => void;
}

export type PolicyErrorType =
	| "timeout"
	| "connection"
	| "policy_not_found"
	| "evaluation_error";

/** Questions under way at once, and in line behind them. */
const MAX_CONCURRENT = 20;
const MAX_IN_LINE = 200;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 4_000;
/** A chunk of tickets with a violation of each rule by each of them takes a tenth of this. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** A try with less time left would only end in a time-out. */
const LEAST_TRY_MS = 20;

export interface ServerEngine extends PolicyEngine {
	circuit: CircuitBreaker;
}

/**
 * Asks an OPA server over HTTP: one request for all resources of a question. Any package can be asked: the
 * request is a query, so the server needs no rule of ours beside the policies themselves.
 */
export function createServerEngine(
	settings: ServerEngineSettings,
): ServerEngine {
	const { url, timeoutMs, onError = () => {}, onCircuit } = settings;
	const circuit = createCircuitBreaker({
		...settings.circuit,
		...(onCircuit && { onChange: onCircuit }),
	});
	const takeTurn = limitConcurrency(MAX_CONCURRENT);
	let waiting = 0;

	/** Asks in turn. A question whose time is over when its turn comes says nothing about the server. */
	async function inLine(body: () => string, untilMs: number): Promise<unknown> {
		if (waiting >= MAX_CONCURRENT + MAX_IN_LINE)
			throw unavailable(
				new Error(`${waiting} questions wait for OPA at ${url}`),
			);
		waiting += 1;
		const wholeMs = Math.min(timeoutMs, untilMs - Date.now());
		try {
			return await takeTurn(async () => {
				if (untilMs - Date.now() < Math.min(LEAST_TRY_MS, wholeMs))
					throw unavailable(
						new Error(`the question waited too long for OPA at ${url}`),
					);
				return await ask(body(), untilMs, wholeMs);
			});
		} finally {
			waiting -= 1;
		}
	}

	async function tryOnce(
		body: string,
		untilMs: number,
		wholeMs: number,
	): Promise<unknown> {
		if (settings.circuit.enabled && !circuit.mayAsk())
			throw new RefusedError(`OPA at ${url} failed before: nobody asks it now`);
		const leftMs = Math.max(1, Math.min(timeoutMs, untilMs - Date.now()));
		try {
			const answer = await post(`${url}/v1/query`, body, leftMs);
			circuit.succeeded();
			return answer;
		} catch (error) {
			const failure = AskError.of(error, url, leftMs);
			onError(failure.type);
			// A server that knows nothing, or cannot judge this question, answers well.
			if (failure.isOfQuestion) circuit.succeeded();
			// In the rest of a question's time nobody can tell whether it is slow.
			else if (failure.type === "timeout" && leftMs < wholeMs / 2)
				circuit.undecided();
			else circuit.failed();
			throw failure;
		}
	}

	async function ask(
		body: string,
		untilMs: number,
		wholeMs: number,
	): Promise<unknown> {
		for (let retry = 0; ; retry += 1) {
			try {
				return await tryOnce(body, untilMs, wholeMs);
			} catch (error) {
				const backoffMs = Math.min(
					FIRST_BACKOFF_MS * 2 ** retry,
					MAX_BACKOFF_MS,
				);
				const isLast =
					retry >= settings.retryAttempts ||
					Date.now() + backoffMs + LEAST_TRY_MS >= untilMs;
				if (isLast || !(error instanceof AskError) || !error.isPassing)
					throw unavailable(error);
				await sleep(backoffMs);
			}
		}
	}

	return {
		name: "server",
		circuit,
		async evaluate(paths, inputs, untilMs) {
			const body = () => toJson({ query: queryFor(paths), input: inputs });
			const answer = await inLine(body, untilMs);
			return documentsOf(answer, paths, inputs);
		},
		async ping() {
			try {
				await post(`${url}/health`, undefined, timeoutMs);
			} catch (error) {
				throw unavailable(AskError.of(error, url, timeoutMs));
			}
		},
	};
}

/** In words of both versions of Rego: older servers read them too. */
function queryFor(paths: readonly string[]): string {
	return paths
		.map((path, index) => {
			const document = `data.${path.replaceAll("/", ".")}`;
			return `p${index} = {i: d | item := input.items[i]; asked := object.union(input.shared, item); d := ${document} with input as asked}`;
		})
		.join("; ");
}

function documentsOf(
	answer: unknown,
	paths: readonly string[],
	{ items }: PolicyInputs,
): PolicyDocuments[] {
	const result = isObject(answer) ? answer.result : undefined;
	const bindings: unknown = Array.isArray(result) ? result[0] : undefined;
	if (!isObject(bindings))
		throw unavailable(new Error("OPA answered something else than a result"));
	return items.map((_, item) =>
		Object.fromEntries(
			paths.flatMap((path, index) => {
				const documents = bindings[`p${index}`];
				const document = isObject(documents) ? documents[item] : undefined;
				return document === undefined ? [] : [[path, document]];
			}),
		),
	);
}

async function post(
	url: string,
	body: string | undefined,
	timeoutMs: number,
): Promise<unknown> {
	const response = await fetch(url, {
		...(body === undefined
			? {}
			: {
					method: "POST",
					headers: { "content-type": "application/json" },
					body,
				}),
		redirect: "error",
		signal: AbortSignal.timeout(timeoutMs),
	});
	const text = await readText(response);
	if (response.status === 404)
		throw new AskError("policy_not_found", `${url} answered 404`, {
			isOfQuestion: true,
		});
	if (response.status !== 200) {
		const isOfQuestion = response.status === 400 || isEvaluationError(text);
		throw new AskError(
			"evaluation_error",
			`${url} answered ${response.status}: ${text.slice(0, 300)}`,
			{ isPassing: response.status >= 500 && !isOfQuestion, isOfQuestion },
		);
	}
	try {
		return JSON.parse(text) as unknown;
	} catch (cause) {
		throw new AskError("evaluation_error", `${url} answered no JSON`, {
			cause,
		});
	}
}

/** OPA's own words for a policy that fails for this input; whatever stands before it has others. */
function isEvaluationError(text: string): boolean {
	try {
		const answer: unknown = JSON.parse(text);
		return isObject(answer) && Array.isArray(answer.errors);
	} catch {
		return false;
	}
}

/** One that is too large says nothing of the server. */
async function readText(response: Response): Promise<string> {
	try {
		return (await readAnswer(response, MAX_ANSWER_BYTES)).toString();
	} catch (error) {
		if (!(error instanceof AnswerTooLarge)) throw error;
		throw new AskError("evaluation_error", error.message, {
			isOfQuestion: true,
		});
	}
}

/** One try that brought no answer. */
class AskError extends Error {
	override readonly name = "AskError";
	readonly type: PolicyErrorType;
	/** Another try may succeed at once. */
	readonly isPassing: boolean;
	/** Other questions may be answered all the same. */
	readonly isOfQuestion: boolean;

	constructor(
		type: PolicyErrorType,
		message: string,
		{
			isPassing = false,
			isOfQuestion = false,
			...options
		}: ErrorOptions & { isPassing?: boolean; isOfQuestion?: boolean } = {},
	) {
		super(message, options);
		this.type = type;
		this.isPassing = isPassing;
		this.isOfQuestion = isOfQuestion;
	}

	static of(error: unknown, url: string, timeoutMs: number): AskError {
		if (error instanceof AskError) return error;
		const { name, cause } = error as Error;
		if (name === "TimeoutError")
			return new AskError(
				"timeout",
				`OPA at ${url} did not answer within ${timeoutMs} ms`,
				{ isPassing: true, cause: error },
			);
		const { code = "", message = "" } = (cause ?? {}) as NodeJS.ErrnoException;
		return new AskError(
			"connection",
			`OPA at ${url} cannot be reached (${code || message || name})`,
			{ isPassing: true, cause: error },
		);
	}
}

/** The circuit is open. */
class RefusedError extends Error {
	override readonly name = "RefusedError";
}

function unavailable(cause: unknown): OrchestratorError {
	const { message } = cause as Error;
	return new OrchestratorError("POLICY_UNAVAILABLE", message, { cause });
}
