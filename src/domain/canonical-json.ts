import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** A value's canonical text, and how deep its lists and objects are nested (a scalar is 0). */
export interface CanonicalJson {
	text: string;
	depth: number;
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
	const parts: string[] = [];
	const open: OpenContainer[] = [];
	let depth = 0;
	write(value, parts, open);
	for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
		depth = Math.max(depth, open.length);
		if (!writeNext(top, parts, open)) {
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

/** SHA-256 in hex of a plan's canonical JSON: the same for the same plan, whatever the order of its keys. */
export function planHash(plan: unknown): string {
	return textHash(canonicalJson(plan));
}

/** SHA-256 in hex of a text's UTF-8 bytes. */
export function textHash(text: string): string {
	return bytesToHex(sha256(utf8ToBytes(text)));
}

/** Writes the container's next member; false when there is none left. */
function writeNext(
	container: OpenContainer,
	parts: string[],
	open: OpenContainer[],
): boolean {
	const { source, keys } = container;
	const index = container.next;
	if (index >= (keys ?? (source as readonly unknown[])).length) return false;
	container.next += 1;
	if (index > 0) parts.push(",");
	if (keys === undefined) {
		write((source as readonly unknown[])[index], parts, open);
		return true;
	}
	const key = keys[index] as string;
	parts.push(JSON.stringify(key), ":");
	write((source as Record<string, unknown>)[key], parts, open);
	return true;
}

/** Writes a scalar whole, and of a list or object the opening bracket. */
function write(value: unknown, parts: string[], open: OpenContainer[]): void {
	if (Array.isArray(value)) {
		parts.push("[");
		open.push({ source: value, keys: undefined, next: 0 });
		return;
	}
	if (typeof value !== "object" || value === null) {
		parts.push(scalar(value));
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
