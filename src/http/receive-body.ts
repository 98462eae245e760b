import type { Readable } from "node:stream";
import { settlesWithin } from "../deadline.ts";
import { OrchestratorError } from "../errors.ts";

export interface BodyRules {
	/** The largest body, in bytes. */
	maxBytes: number;
	/** The body must be complete within this time. */
	patienceMs: number;
	/** The length that the request states; NaN when it states none. */
	declaredBytes: number;
	/** Called for every received part; throws when there is no room for it. */
	hold(bytes: number): void;
}

/** How long the rest of a refused body is read and discarded. */
const DRAIN_MS = 1_000;

/**
 * Receives the bytes of a body. Throws REQUEST_INVALID when the body is too large (413), takes too long (408)
 * or breaks off, and the errors of `hold`; no byte of a refused body is kept. A refused body that is still
 * being sent is read for a moment longer: closing the connection at once would reset it, and the sender would
 * not get the answer.
 */
export async function receiveBody(
	payload: Readable,
	{ maxBytes, patienceMs, declaredBytes, hold }: BodyRules,
): Promise<Buffer> {
	const chunks: Buffer[] = [];
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	promise.catch(() => undefined);
	let received = 0;
	const onData = (chunk: Buffer) => {
		try {
			received += chunk.length;
			if (received > maxBytes) throw tooLarge(maxBytes);
			hold(chunk.length);
			chunks.push(chunk);
		} catch (error) {
			reject(error);
		}
	};
	const onBroken = () => reject(refusal(400, "the body broke off"));
	const timer = setTimeout(() => reject(tooSlow(patienceMs)), patienceMs);
	payload.on("data", onData);
	payload.on("end", resolve);
	payload.on("error", onBroken);
	payload.on("close", onBroken);
	try {
		if (declaredBytes > maxBytes) throw tooLarge(maxBytes);
		await promise;
		return Buffer.concat(chunks, received);
	} catch (error) {
		chunks.length = 0;
		payload.off("data", onData);
		if (!hasStatus(error, 408)) await drain(payload);
		throw error;
	} finally {
		clearTimeout(timer);
		payload.off("data", onData);
		payload.off("end", resolve);
		payload.off("close", onBroken);
	}
}

async function drain(payload: Readable): Promise<void> {
	if (payload.readableEnded || payload.destroyed) return;
	const over = Promise.withResolvers<void>();
	payload.once("end", over.resolve);
	payload.once("close", over.resolve);
	payload.resume();
	await settlesWithin(DRAIN_MS, over.promise);
}

function tooLarge(maxBytes: number): OrchestratorError {
	return refusal(413, `the body is larger than ${maxBytes} bytes`);
}

function tooSlow(patienceMs: number): OrchestratorError {
	return refusal(
		408,
		`the body did not come to its end within ${patienceMs / 1_000} s`,
		"send the whole body at once, on a new connection",
	);
}

function refusal(
	status: number,
	message: string,
	hint?: string,
): OrchestratorError {
	return new OrchestratorError("REQUEST_INVALID", message, {
		status,
		...(hint !== undefined && { hint }),
	});
}

function hasStatus(error: unknown, status: number): boolean {
	return error instanceof OrchestratorError && error.details.status === status;
}
