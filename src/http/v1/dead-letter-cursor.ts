import type { DeadLetterPlace } from "../../domain/dead-letter.ts";
import { OrchestratorError } from "../../errors.ts";

/** The cursor as clients carry it: opaque to them, and good for any filter. */
export function encodePlace({ dead_at, id }: DeadLetterPlace): string {
	return Buffer.from(JSON.stringify([dead_at, id])).toString("base64url");
}

/** The place a client's cursor names; throws REQUEST_INVALID when it is none of ours. */
export function decodePlace(cursor: string): DeadLetterPlace {
	try {
		const text = Buffer.from(cursor, "base64url").toString();
		const [dead_at, id] = JSON.parse(text) as unknown[];
		if (Number.isSafeInteger(dead_at) && typeof id === "string") {
			return { dead_at: dead_at as number, id };
		}
	} catch {
		// Falls through: what cannot be read is not ours.
	}
	throw new OrchestratorError(
		"REQUEST_INVALID",
		"$.querystring.cursor is not one that a list of dead letters gave",
	);
}
