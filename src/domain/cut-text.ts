import { MAX_UNIT_BYTES } from "./utf8.ts";

/**
 * At most `maxBytes` of the text's UTF-8, never half a character, then dots; the text itself when it is not
 * longer. Looks at no more of it than that, however long it is.
 */
export function cutText(text: string, maxBytes: number): string {
	// Most texts are short. Half a pair of UTF-16 is written as U+FFFD below.
	if (text.length * MAX_UNIT_BYTES <= maxBytes && text.isWellFormed())
		return text;
	const target = new Uint8Array(maxBytes);
	const { read, written } = new TextEncoder().encodeInto(text, target);
	const kept = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
		target.subarray(0, written),
	);
	return read < text.length ? `${kept}...` : kept;
}
