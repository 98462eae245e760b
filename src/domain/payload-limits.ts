import { jsonBytes } from "./json-bytes.ts";
import { MAX_UNIT_BYTES, utf8Bytes } from "./utf8.ts";

/**
 * The size limit of one payload of Temporal, as JSON. Temporal refuses 2 MB after compression; before it,
 * because there are plans that compression does not make smaller. A single item may be larger: intake takes
 * no plan above 1.5 MB, and no payload holds a plan's text twice.
 */
export const MAX_PAYLOAD_BYTES = 1_500_000;
/** What is cut at all is cut into parts of this size: a workflow task may hand over two of them at once. */
const PART_BYTES = 900_000;

/** Whether these items together are too large for one payload. */
export function exceedPayload(items: readonly unknown[]): boolean {
	// Written to be counted: V8 and Node do so faster than `jsonBytes` counts.
	const text = JSON.stringify(items);
	if (text.length * MAX_UNIT_BYTES <= MAX_PAYLOAD_BYTES) return false;
	// As `cutForPayload` counts: a comma for each item, and one bracket less.
	return utf8Bytes(text) - 1 > MAX_PAYLOAD_BYTES;
}

/** Cuts items into parts that each travel in one payload, in order; one that is larger is a part of its own. */
export function cutForPayload<T>(
	items: readonly T[],
	maxBytes: number = PART_BYTES,
): T[][] {
	const parts: T[][] = [];
	let bytes = Number.POSITIVE_INFINITY;
	for (const item of items) {
		const own = jsonBytes(item) + 1;
		if (bytes + own > maxBytes) {
			parts.push([]);
			bytes = 0;
		}
		parts.at(-1)?.push(item);
		bytes += own;
	}
	return parts;
}

/** As many items from the front as fit, by their JSON. */
export function firstWithin<T>(items: readonly T[], maxBytes: number): T[] {
	let bytes = 0;
	const excess = items.findIndex((item) => {
		bytes += jsonBytes(item) + 1;
		return bytes > maxBytes;
	});
	return excess === -1 ? [...items] : items.slice(0, excess);
}

/** As many items from the end as fit, by their JSON. */
export function lastWithin<T>(items: readonly T[], maxBytes: number): T[] {
	return firstWithin(items.toReversed(), maxBytes).reverse();
}

/** As many items from the front, made one by one, as one answer of a workflow holds; at least one. */
export function fitPayload<S, T>(
	sources: readonly S[],
	make: (source: S) => T,
): T[] {
	const made: T[] = [];
	let bytes = 0;
	for (const source of sources) {
		const item = make(source);
		bytes += jsonBytes(item) + 1;
		if (made.length > 0 && bytes > PART_BYTES) break;
		made.push(item);
	}
	return made;
}
