import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

const TIMEOUT_MS = 2_000;
const MAX_BYTES = 1_000_000;

/**
 * The JSON that an instance answers, whatever its status. On a connection of its own: one that was kept would end at a
 * process that nginx has told to stop. Throws when there is no answer within two seconds.
 */
export async function askInstance<T>(
	url: string,
	headers: Record<string, string> = {},
): Promise<T> {
	const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
	const signal = AbortSignal.timeout(TIMEOUT_MS);
	get(url, { agent: false, headers, signal }, resolve).on("error", reject);
	const response = await promise;
	let bytes = 0;
	response.on("data", (chunk: Buffer) => {
		bytes += chunk.length;
		if (bytes > MAX_BYTES) response.destroy(new Error("too long an answer"));
	});
	return JSON.parse(await text(response)) as T;
}
