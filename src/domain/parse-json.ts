import {
	EXACT_KEY,
	isExactNumber,
	isJsonNumber,
	numberOf,
} from "./exact-number.ts";

/** JSON nested deeper than this is not taken: it breaks code that walks it by recursion. */
export const MAX_JSON_DEPTH = 512;

/** Up to this many characters, every number without an exponent is printed unchanged. */
const SAFE_LENGTH = 15;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

/** Text from bytes of any origin. A byte-order mark is fine and left out; throws when they are no UTF-8. */
export function decodeText(bytes: Uint8Array): string {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		throw new Error("the bytes are no UTF-8");
	}
}

/**
 * JSON from text of any origin, by the same rules wherever it comes from: no number loses digits
 * (`numberOf`), `__proto__` is a field like any other. Throws with a sentence that says what is wrong:
 * SyntaxError for what is no JSON, RangeError for what is nested too deep, Error for JSON that has a
 * number nobody can read or uses the name that stands for exact numbers.
 */
export function parseJson(text: string): unknown {
	const long = findLongNumbers(text);
	if (mayNameExactKey(text)) refuseExactKey(JSON.parse(text));
	return parseTagged(text, long);
}

/** The same for text that we have written ourselves, in which exact numbers may stand as they are carried. */
export function parseOwnJson(text: string): unknown {
	return parseTagged(text, findLongNumbers(text));
}

/** Puts exact numbers in their places before the text is parsed: a reviver would take ten times as long. */
function parseTagged(text: string, long: readonly number[]): unknown {
	let done = 0;
	const parts: string[] = [];
	for (let index = 0; index < long.length; index += 2) {
		const [start, end] = [long[index] as number, long[index + 1] as number];
		const number = text.slice(start, end);
		if (!isJsonNumber(number)) continue;
		const exact = numberOf(number);
		if (!isExactNumber(exact)) continue;
		parts.push(text.slice(done, start), JSON.stringify(exact));
		done = end;
	}
	if (parts.length === 0) return JSON.parse(text);
	parts.push(text.slice(done));
	try {
		return JSON.parse(parts.join(""));
	} catch {
		// The text is no JSON before the change either: the error is about the original text.
		return JSON.parse(text);
	}
}

/**
 * Where numbers begin and end that may not come back as they were. Looks at each character once,
 * without parsing; throws when lists and objects are nested too deep.
 */
function findLongNumbers(text: string): number[] {
	const found: number[] = [];
	let depth = 0;
	for (let at = 0; at < text.length; at += 1) {
		const code = text.charCodeAt(at);
		if (code === QUOTE) at = endOfString(text, at);
		else if (code === 0x7b || code === 0x5b) depth += 1;
		else if (code === 0x7d || code === 0x5d) depth -= 1;
		else if (isDigit(code)) {
			const end = endOfNumber(text, at);
			const isLong = end - at > SAFE_LENGTH || hasExponent(text, at, end);
			const start = text.charCodeAt(at - 1) === MINUS ? at - 1 : at;
			if (isLong) found.push(start, end);
			at = end - 1;
		}
		if (depth > MAX_JSON_DEPTH)
			throw new RangeError(`nested deeper than ${MAX_JSON_DEPTH}`);
	}
	return found;
}

/** Where the string that begins here ends: at the next quote that no backslash escapes. */
function endOfString(text: string, start: number): number {
	const next = text.indexOf('"', start + 1);
	// Most strings have nothing escaped, and this is the fastest way through them.
	if (next === -1 || text.charCodeAt(next - 1) !== BACKSLASH)
		return next === -1 ? text.length : next;
	for (let at = start + 1; at < text.length; at += 1) {
		const code = text.charCodeAt(at);
		if (code === QUOTE) return at;
		if (code === BACKSLASH) at += 1;
	}
	return text.length;
}

function endOfNumber(text: string, start: number): number {
	let end = start;
	while (isInNumber(text.charCodeAt(end))) end += 1;
	return end;
}

/** Digits, point, e, E and signs. */
function isInNumber(code: number): boolean {
	return (
		isDigit(code) ||
		code === 0x2e ||
		(code | 0x20) === 0x65 ||
		code === 0x2b ||
		code === MINUS
	);
}

function hasExponent(text: string, start: number, end: number): boolean {
	for (let at = start; at < end; at += 1)
		if ((text.charCodeAt(at) | 0x20) === 0x65) return true;
	return false;
}

function isDigit(code: number): boolean {
	return code >= 0x30 && code <= 0x39;
}

/** Its letters may be escaped; writers escape few characters of ASCII, so that is seldom. */
function mayNameExactKey(text: string): boolean {
	return text.includes(EXACT_KEY) || /\\u00[2-7]/.test(text);
}

function refuseExactKey(value: unknown): void {
	if (typeof value !== "object" || value === null) return;
	if (Object.hasOwn(value, EXACT_KEY))
		throw new Error(
			`the name ${EXACT_KEY} is kept for this service: use another one`,
		);
	for (const one of Object.values(value)) refuseExactKey(one);
}
