import { randomBytes } from "node:crypto";
import { toJson } from "../../domain/json-text.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { traceparentOf } from "../../domain/trace/trace-context.ts";
import { readAnswer } from "../../read-answer.ts";
import { CliError } from "../cli-error.ts";
import { foreignAnswer, readProblem } from "./read-problem.ts";

export interface ApiClientOptions {
	/** `http://127.0.0.1:8080`; a path is kept, so that a proxy may stand before the service. */
	url: string;
	token: string | undefined;
	/** Bound of one request; a stream has none. */
	timeoutMs: number;
	signal: AbortSignal;
}

/** Whoever answers at the address may be somebody else. */
const MAX_ANSWER_BYTES = 256 * 1_048_576;

export type Query = Readonly<
	Record<string, string | number | boolean | undefined>
>;

export interface SendOptions {
	headers?: Record<string, string>;
	query?: Query;
	timeoutMs?: number;
}

/** The service's REST API. Every failure rejects with a `CliError`. */
export interface ApiClient {
	readonly url: string;
	get<T>(
		path: string,
		query?: Query,
		more?: { timeoutMs?: number },
	): Promise<T>;
	post<T>(path: string, body: unknown, more?: SendOptions): Promise<T>;
	put<T>(path: string, body: unknown, more?: SendOptions): Promise<T>;
	/** A stream of server-sent events; ends with the signal. */
	stream(
		path: string,
		options: {
			query?: Query;
			lastEventId?: string | undefined;
			signal: AbortSignal;
		},
	): Promise<ReadableStream<Uint8Array>>;
}

/** Talks to one service. */
export function createApiClient(options: ApiClientOptions): ApiClient {
	const { url, timeoutMs } = options;
	const base = readBase(url);
	const ownHeaders: Record<string, string> = {
		"user-agent": "orchestrator-cli",
		// All calls of one command are one trace.
		traceparent: traceparentOf({
			trace_id: randomBytes(16).toString("hex"),
			span_id: randomBytes(8).toString("hex"),
			sampled: true,
		}),
		...(options.token !== undefined && {
			authorization: `Bearer ${options.token}`,
		}),
	};

	async function ask(
		path: string,
		query: Query,
		init: RequestInit,
		limitMs: number | undefined,
	): Promise<Response> {
		const target = new URL(base + path);
		for (const [name, value] of Object.entries(query)) {
			if (value !== undefined) target.searchParams.set(name, String(value));
		}
		const signals = [options.signal];
		if (init.signal) signals.push(init.signal);
		if (limitMs !== undefined) signals.push(AbortSignal.timeout(limitMs));
		const response = await fetch(target, {
			...init,
			headers: { ...ownHeaders, ...(init.headers as object) },
			signal: AbortSignal.any(signals),
		});
		if (response.ok) return response;
		throw readProblem(url, response.status, await readText(response));
	}

	async function askJson<T>(
		path: string,
		query: Query,
		init: RequestInit,
		limitMs: number,
	): Promise<T> {
		try {
			const response = await ask(path, query, init, limitMs);
			return parseJson(await readText(response)) as T;
		} catch (error) {
			throw explain(error, url, limitMs, options.signal);
		}
	}

	const send = <T>(
		method: "POST" | "PUT",
		path: string,
		body: unknown,
		{
			headers = {},
			query = {},
			timeoutMs: limitMs = timeoutMs,
		}: SendOptions = {},
	) =>
		askJson<T>(
			path,
			query,
			{
				method,
				headers: { "content-type": "application/json", ...headers },
				body: typeof body === "string" ? body : toJson(body),
			},
			limitMs,
		);

	return {
		url,
		async get<T>(
			path: string,
			query: Query = {},
			{ timeoutMs: limitMs = timeoutMs }: { timeoutMs?: number } = {},
		) {
			return await askJson<T>(path, query, {}, limitMs);
		},
		post: (path, body, more) => send("POST", path, body, more),
		put: (path, body, more) => send("PUT", path, body, more),
		async stream(path, { query = {}, lastEventId, signal }) {
			const headers = {
				accept: "text/event-stream",
				...(lastEventId !== undefined && { "last-event-id": lastEventId }),
			};
			const init = { headers, signal };
			try {
				const { body } = await ask(path, query, init, undefined);
				return body ?? new ReadableStream({ start: (it) => it.close() });
			} catch (error) {
				throw explain(error, url, timeoutMs, options.signal);
			}
		},
	};
}

async function readText(response: Response): Promise<string> {
	return (await readAnswer(response, MAX_ANSWER_BYTES)).toString();
}

/** The path of a plan's own routes. */
export function planPath(planId: string, rest = ""): string {
	return `/api/v1/plans/${encodeURIComponent(planId)}${rest}`;
}

function readBase(url: string): string {
	const parsed = URL.parse(url);
	if (parsed !== null && /^https?:$/.test(parsed.protocol)) {
		return parsed.origin + parsed.pathname.replace(/\/+$/, "");
	}
	throw new CliError("usage", `"${url}" is not an address of the service`, {
		remedy: "give one like http://127.0.0.1:8080 by --url or ORCHESTRATOR_URL",
	});
}

function explain(
	error: unknown,
	url: string,
	limitMs: number,
	stopped: AbortSignal,
): unknown {
	if (error instanceof CliError || stopped.aborted) return error;
	if (error instanceof SyntaxError) {
		return foreignAnswer(url, "its answer is no JSON", error);
	}
	const isTimeout = error instanceof Error && error.name === "TimeoutError";
	const how = isTimeout
		? `timeout: no answer within ${limitMs} ms`
		: rootCause(error);
	return new CliError("unreachable", `cannot reach ${url}: ${how}`, {
		remedy:
			"is the service running there? --url or ORCHESTRATOR_URL says where; `orchestrator serve` starts it",
		cause: error,
	});
}

/** fetch wraps the network's error several layers deep. */
function rootCause(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	if (error.cause !== undefined) return rootCause(error.cause);
	const [first] = error instanceof AggregateError ? error.errors : [];
	return first === undefined ? error.message : rootCause(first);
}
