import assert from "node:assert/strict";
import { test } from "node:test";
import { listPlansOf, type PlanList } from "../../src/domain/plan-list.ts";
import { planDocument } from "../support/http.ts";

const plans = [
	planDocument({ plan_id: "a", created_at: 1, slack_at: 9 }),
	planDocument({ plan_id: "b", created_at: 2, slack_at: null }),
	planDocument({ plan_id: "c", created_at: 2, slack_at: 4, domain: null }),
];
const idsOf = (
	list: PlanList,
	after?: { value: number; workflow_id: string },
) => listPlansOf(plans, list, after).map(({ plan_id }) => plan_id);

test("listPlansOf: newest first, of the same moment by workflow id", () => {
	const list: PlanList = { filter: {}, sort: "created", order: "desc" };
	assert.deepEqual(idsOf(list), ["c", "b", "a"]);
	assert.deepEqual(idsOf({ ...list, order: "asc" }), ["a", "b", "c"]);
	const after = { value: 2, workflow_id: "orch-c" };
	assert.deepEqual(idsOf(list, after), ["b", "a"]);
});

test("listPlansOf: by slack only what has one, least first", () => {
	const list: PlanList = { filter: {}, sort: "slack", order: "asc" };
	assert.deepEqual(idsOf(list), ["c", "a"]);
});

test("listPlansOf: the beginning of a time belongs to it, its end does not", () => {
	const list: PlanList = {
		filter: { created_after: 1, created_before: 2 },
		sort: "created",
		order: "desc",
	};
	assert.deepEqual(idsOf(list), ["a"]);
	const filter = { domain: "TECHNICAL" };
	assert.deepEqual(idsOf({ ...list, filter }), ["b", "a"]);
});
