import { createHmac, timingSafeEqual } from "node:crypto";

/** HMAC-SHA256 of a text as base64url: 43 characters. */
export function keyedHash(key: string, text: string): string {
	return createHmac("sha256", key).update(text).digest("base64url");
}

/** Whether a given text is one of the right ones. Compares every pair, so that the duration reveals nothing. */
export function isOneOf(
	given: readonly string[],
	right: readonly string[],
): boolean {
	let found = false;
	for (const text of given) {
		const bytes = Buffer.from(text);
		for (const token of right) {
			const wanted = Buffer.from(token);
			if (bytes.length === wanted.length && timingSafeEqual(bytes, wanted))
				found = true;
		}
	}
	return found;
}
