/** UTF-8 takes at most so many bytes for a UTF-16 code unit. */
export const MAX_UNIT_BYTES = 3;

const encoder = new TextEncoder();

/** Bytes of the text in UTF-8; half a pair of UTF-16 counts as U+FFFD, which is written for it. */
export function utf8Bytes(text: string): number {
	return encoder.encode(text).length;
}
