import { createHash } from "node:crypto";
import { canonicalJson } from "../../domain/canonical-json.ts";
import type { PlanCursor, PlanList } from "../../domain/plan-list.ts";
import { type Cursor, createCursor, cursorRefusal } from "./cursor.ts";

const places = createCursor("a list of plans", {
	mark: "string",
	value: "number",
	workflow_id: "string",
});

/** The cursor of a list of plans, good for one filter, sort and order only. */
export function planCursor({
	filter,
	sort,
	order,
}: PlanList): Cursor<PlanCursor> {
	const text = canonicalJson([filter, sort, order]);
	const digest = createHash("sha256").update(text).digest("base64url");
	const mark = digest.slice(0, 12);
	return {
		encode: (place) => places.encode({ mark, ...place }),
		decode(cursor) {
			const { mark: given, ...place } = places.decode(cursor);
			if (given === mark) return place;
			throw cursorRefusal(
				"was given for another filter, sort or order: keep them from page to page, or begin without a cursor",
			);
		},
	};
}
