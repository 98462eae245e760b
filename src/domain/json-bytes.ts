/**
 * How many bytes a value has as JSON in UTF-8, by what `JSON.stringify` writes, without writing it: what
 * travels through Temporal and Kafka is limited in these. Values are plain JSON; `undefined` counts as
 * it is written, not at all in objects and as null in lists.
 */
export function jsonBytes(value: unknown): number {
	switch (typeof value) {
		case "string":
			return quotedBytes(value);
		case "number":
			return Number.isFinite(value) ? String(value).length : NULL_BYTES;
		case "boolean":
			return value ? 4 : 5;
		case "object":
			if (value === null) return NULL_BYTES;
			return Array.isArray(value) ? listBytes(value) : objectBytes(value);
		default:
			return NULL_BYTES;
	}
}

const NULL_BYTES = 4;

function listBytes(items: readonly unknown[]): number {
	// The brackets, and a comma between two.
	let bytes = 1 + Math.max(1, items.length);
	for (const item of items) bytes += jsonBytes(item);
	return bytes;
}

function objectBytes(fields: object): number {
	let bytes = 1;
	let count = 0;
	for (const [key, value] of Object.entries(fields)) {
		if (value === undefined) continue;
		count += 1;
		// The colon, and a comma or the closing brace.
		bytes += quotedBytes(key) + 2 + jsonBytes(value);
	}
	return count === 0 ? 2 : bytes;
}

/** A text that is written as it is: most are, and the expression looks at them faster than a loop. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Bytes of a text as a JSON string, quotes included. */
function quotedBytes(text: string): number {
	let bytes = text.length + 2;
	if (PLAIN.test(text)) return bytes;
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (code < 0x80) bytes += escapeBytes(code);
		else if (code < 0x800) bytes += 1;
		else if (code < 0xd800 || code > 0xdfff) bytes += 2;
		else if (isPair(code, text.charCodeAt(at + 1))) {
			// Four bytes for two code units.
			bytes += 2;
			at += 1;
		}
		// Half a pair is written as an escape.
		else bytes += 5;
	}
	return bytes;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Backspace, tab, line feed, form feed, carriage return: `\n`; other control characters: `\u0001`. */
const shortEscapes: readonly number[] = [8, 9, 10, 12, 13];

/** What is written beside the character itself. */
function escapeBytes(code: number): number {
	if (code === QUOTE || code === BACKSLASH) return 1;
	if (code >= 0x20) return 0;
	return shortEscapes.includes(code) ? 1 : 5;
}

function isPair(high: number, low: number): boolean {
	return high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff;
}
