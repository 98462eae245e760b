import { isUtf8 } from "node:buffer";

/** Kafka's own limits are far below; this bounds what a parse may cost. */
export const MAX_MESSAGE_BYTES = 10 * 1_048_576;
/** Deeper values break code that walks them by recursion. */
const MAX_DEPTH = 512;

/** JSON from bytes of any origin; throws with a sentence that says what is wrong. A byte-order mark is fine. */
export function parseJson(bytes: Buffer): unknown {
	if (bytes.length > MAX_MESSAGE_BYTES) {
		throw new Error(
			`${bytes.length} bytes are more than the ${MAX_MESSAGE_BYTES} that are read`,
		);
	}
	if (bytes.length === 0) throw new Error("the message is empty");
	if (!isUtf8(bytes)) throw new Error("the bytes are no UTF-8");
	if (isDeeperThan(bytes, MAX_DEPTH))
		throw new Error(`nested deeper than ${MAX_DEPTH}`);
	const text = bytes.toString("utf8");
	return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

function isDeeperThan(bytes: Buffer, limit: number): boolean {
	let depth = 0;
	for (let at = 0; at < bytes.length; at += 1) {
		const byte = bytes[at] as number;
		if (byte === QUOTE) at = endOfString(bytes, at);
		else if (OPENING.has(byte)) depth += 1;
		else if (CLOSING.has(byte)) depth -= 1;
		if (depth > limit) return true;
	}
	return false;
}

/** Where the string that begins here ends: at the next quote that no backslash escapes. */
function endOfString(bytes: Buffer, start: number): number {
	for (let at = start + 1; at < bytes.length; at += 1) {
		if (bytes[at] === BACKSLASH) at += 1;
		else if (bytes[at] === QUOTE) return at;
	}
	return bytes.length;
}
