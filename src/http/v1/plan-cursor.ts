import { OrchestratorError } from "../../errors.ts";
import type { PlanCursor } from "../plan-sources.ts";

/** The cursor as clients carry it: opaque to them. */
export function encodeCursor({ created_at, workflow_id }: PlanCursor): string {
	const text = JSON.stringify([created_at, workflow_id]);
	return Buffer.from(text).toString("base64url");
}

/** The place a client's cursor names; throws REQUEST_INVALID when it is none of ours. */
export function decodeCursor(cursor: string): PlanCursor {
	try {
		const text = Buffer.from(cursor, "base64url").toString();
		const [created_at, workflow_id] = JSON.parse(text) as unknown[];
		if (Number.isFinite(created_at) && typeof workflow_id === "string") {
			return { created_at: created_at as number, workflow_id };
		}
	} catch {
		// Falls through: what cannot be read is not ours.
	}
	throw new OrchestratorError(
		"REQUEST_INVALID",
		"$.querystring.cursor is not one that a list of plans gave",
	);
}
