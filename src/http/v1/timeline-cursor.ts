import type { TimelineEvent } from "../../domain/timeline-event.ts";
import { OrchestratorError } from "../../errors.ts";
import { parseCursor } from "./plan-cursor.ts";

type Place = Pick<TimelineEvent, "at" | "id">;

/** The event after which a page begins, as clients carry it: opaque to them. */
export function encodeTimelineCursor({ at, id }: Place): string {
	return Buffer.from(JSON.stringify([at, id])).toString("base64url");
}

/** The event a client's cursor names; throws REQUEST_INVALID when it is none of ours. */
export function decodeTimelineCursor(cursor: string): Place {
	const [at, id] = parseCursor(cursor);
	if (typeof at === "number" && typeof id === "string") return { at, id };
	throw new OrchestratorError(
		"REQUEST_INVALID",
		"$.querystring.cursor is not one that a timeline gave",
	);
}
