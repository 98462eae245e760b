import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import {
	canonicalNumber,
	type ExactNumber,
	exactText,
	isExactNumber,
} from "./exact-number.ts";

/** A value's canonical text, and how deep its lists and objects are nested (a scalar is 0). */
export interface CanonicalJson {
	text: string;
	depth: number;
}

interface Rendering {
	parts: string[];
	open: OpenContainer[];
	/** The text of an exact number. */
	numberText(number: ExactNumber): string;
}

interface OpenContainer {
	source: Record<string, unknown> | readonly unknown[];
	/** Keys in order; undefined for a list. */
	keys: string[] | undefined;
	next: number;
}

/**
 * JSON text with sorted keys and no white space: equal values have equal text. Fields that JSON
 * cannot carry are treated as `JSON.stringify` does. Does not recurse, so no depth exhausts the stack.
 */
export function renderCanonicalJson(value: unknown): CanonicalJson {
	return render(value, canonicalNumber);
}

function render(
	value: unknown,
	numberText: Rendering["numberText"],
): CanonicalJson {
	const rendering: Rendering = { parts: [], open: [], numberText };
	const { parts, open } = rendering;
	let depth = 0;
	write(value, rendering);
	for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
		depth = Math.max(depth, open.length);
		if (!writeNext(top, rendering)) {
			parts.push(top.keys === undefined ? "]" : "}");
			open.pop();
		}
	}
	return { text: parts.join(""), depth };
}

/** The text alone; see `renderCanonicalJson`. */
export function canonicalJson(value: unknown): string {
	return renderCanonicalJson(value).text;
}

/**
 * The same order and no white space, but exact numbers keep their original text: for people and other
 * programs.
 */
export function sortedJson(value: unknown): string {
	return render(value, exactText).text;
}

/** SHA-256 in hex of a plan's canonical JSON: the same for the same plan, whatever the order of its keys. */
export function planHash(plan: unknown): string {
	return textHash(canonicalJson(plan));
}

/** SHA-256 in hex of a text's UTF-8 bytes. */
export function textHash(text: string): string {
	return bytesToHex(sha256(utf8ToBytes(text)));
}

/** Writes the container's next member; false when there is none left. */
function writeNext(container: OpenContainer, rendering: Rendering): boolean {
	const { parts } = rendering;
	const { source, keys } = container;
	const index = container.next;
	if (index >= (keys ?? (source as readonly unknown[])).length) return false;
	container.next += 1;
	if (index > 0) parts.push(",");
	if (keys === undefined) {
		write((source as readonly unknown[])[index], rendering);
		return true;
	}
	const key = keys[index] as string;
	parts.push(JSON.stringify(key), ":");
	write((source as Record<string, unknown>)[key], rendering);
	return true;
}

/** Writes a scalar whole, and of a list or object the opening bracket. */
function write(value: unknown, { parts, open, numberText }: Rendering): void {
	if (Array.isArray(value)) {
		parts.push("[");
		open.push({ source: value, keys: undefined, next: 0 });
		return;
	}
	if (typeof value !== "object" || value === null) {
		parts.push(scalar(value));
		return;
	}
	if (isExactNumber(value)) {
		parts.push(numberText(value));
		return;
	}
	if (value instanceof Date) {
		parts.push(JSON.stringify(value));
		return;
	}
	const source = value as Record<string, unknown>;
	const keys = Object.keys(source).filter((key) => isJson(source[key]));
	parts.push("{");
	open.push({ source, keys: keys.sort(), next: 0 });
}

function scalar(value: unknown): string {
	if (typeof value === "bigint") return String(value);
	return isJson(value) ? JSON.stringify(value) : "null";
}

function isJson(value: unknown): boolean {
	return !["undefined", "function", "symbol"].includes(typeof value);
}
