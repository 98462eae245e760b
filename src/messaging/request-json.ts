import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { json } from "node:stream/consumers";
import type { ConnectionOptions } from "node:tls";

export interface JsonRequest {
	headers: Readonly<Record<string, string>>;
	/** Bound of the whole exchange. */
	timeoutMs: number;
	/** Posted as JSON; absent: GET. */
	body?: object | undefined;
	tls?: ConnectionOptions | undefined;
}

export interface JsonAnswer {
	status: number;
	value: unknown;
}

/**
 * One HTTP request whose answer is JSON. Unlike fetch it takes certificates of its own. Rejects when
 * the answer does not come whole and in time, or is no JSON.
 */
export async function requestJson(
	url: string,
	{ headers, timeoutMs, body, tls }: JsonRequest,
): Promise<JsonAnswer> {
	const signal = AbortSignal.timeout(timeoutMs);
	const request = url.startsWith("https:") ? requestTls : requestPlain;
	const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
	request(
		url,
		{ ...tls, headers, signal, method: body === undefined ? "GET" : "POST" },
		resolve,
	)
		.on("error", (error) => reject(signal.aborted ? signal.reason : error))
		.end(body === undefined ? undefined : JSON.stringify(body));
	const response = await promise;
	return { status: response.statusCode ?? 0, value: await json(response) };
}
