import { createHash } from "node:crypto";
import { canonicalJson } from "../../domain/canonical-json.ts";
import type { PlanCursor, PlanList } from "../../domain/plan-list.ts";
import { OrchestratorError } from "../../errors.ts";

/** The cursor as clients carry it: opaque to them, and good for this list only. */
export function encodeCursor(
	list: PlanList,
	{ value, workflow_id }: PlanCursor,
): string {
	const text = JSON.stringify([listMark(list), value, workflow_id]);
	return Buffer.from(text).toString("base64url");
}

/** The place a client's cursor names; throws REQUEST_INVALID when it is none of ours or of another list. */
export function decodeCursor(list: PlanList, cursor: string): PlanCursor {
	const [mark, value, workflow_id] = parseCursor(cursor);
	if (
		typeof mark !== "string" ||
		typeof value !== "number" ||
		typeof workflow_id !== "string"
	)
		throw refusal("is not one that a list of plans gave");
	if (mark !== listMark(list))
		throw refusal(
			"was given for another filter, sort or order: keep them from page to page, or begin without a cursor",
		);
	return { value, workflow_id };
}

/** What a cursor of ours holds; an empty list when it is none. */
export function parseCursor(cursor: string): unknown[] {
	try {
		const value = JSON.parse(Buffer.from(cursor, "base64url").toString());
		return Array.isArray(value) ? value : [];
	} catch {
		// What cannot be read is none of ours.
		return [];
	}
}

/** Tells one list from another. */
function listMark({ filter, sort, order }: PlanList): string {
	const text = canonicalJson([filter, sort, order]);
	return createHash("sha256").update(text).digest("base64url").slice(0, 12);
}

function refusal(what: string): OrchestratorError {
	return new OrchestratorError(
		"REQUEST_INVALID",
		`$.querystring.cursor ${what}`,
	);
}
