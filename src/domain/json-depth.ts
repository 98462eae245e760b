/** JSON nested deeper than this is not taken: it breaks code that walks it by recursion. */
export const MAX_JSON_DEPTH = 512;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Whether lists and objects of a JSON text in UTF-8 are nested deeper than `limit`; looks without parsing. */
export function isDeeperThan(bytes: Uint8Array, limit: number): boolean {
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
function endOfString(bytes: Uint8Array, start: number): number {
	for (let at = start + 1; at < bytes.length; at += 1) {
		if (bytes[at] === BACKSLASH) at += 1;
		else if (bytes[at] === QUOTE) return at;
	}
	return bytes.length;
}
