import { isUtf8 } from "node:buffer";
import { isDeeperThan, MAX_JSON_DEPTH } from "../domain/json-depth.ts";

/** Kafka's own limits are far below; this bounds what a parse may cost. */
export const MAX_MESSAGE_BYTES = 10 * 1_048_576;

/** JSON from bytes of any origin; throws with a sentence that says what is wrong. A byte-order mark is fine. */
export function parseJson(bytes: Buffer): unknown {
	if (bytes.length > MAX_MESSAGE_BYTES) {
		throw new Error(
			`${bytes.length} bytes are more than the ${MAX_MESSAGE_BYTES} that are read`,
		);
	}
	if (bytes.length === 0) throw new Error("the message is empty");
	if (!isUtf8(bytes)) throw new Error("the bytes are no UTF-8");
	if (isDeeperThan(bytes, MAX_JSON_DEPTH))
		throw new Error(`nested deeper than ${MAX_JSON_DEPTH}`);
	const text = bytes.toString("utf8");
	return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
}
