import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanDocument } from "../../src/domain/documents.ts";
import {
	listPlansOf,
	type PlanFilter,
	type PlanList,
	planSortKeys,
	planSorts,
} from "../../src/domain/plan-list.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { createPlanReader } from "../../src/storage/plan-reader.ts";
import { planDocument } from "../support/http.ts";
import { openMongo } from "../support/stores.ts";

/** Several of the same moment, and some without a slack: the cursor must tell them apart. */
const plans: PlanDocument[] = Array.from({ length: 40 }, (_, n) =>
	planDocument({
		plan_id: `p${n}`,
		workflow_id: `orch-p${n}`,
		status: n % 3 === 0 ? "RUNNING" : "SUCCESS",
		stage: n % 3 === 0 ? "publishing_tickets" : "completed",
		domain: n % 2 === 0 ? "TECHNICAL" : null,
		tenant: n % 2 === 0 ? "acme" : "umbrella",
		risk_band: n % 5 === 0 ? "high" : "low",
		orchestrator_version: n % 4 === 0 ? "V2" : "V1",
		created_at: 100 + Math.floor(n / 4),
		slack_at: n % 3 === 0 ? 1_000 - Math.floor(n / 6) : null,
		last_progress_at: 500 + ((n * 7) % 10),
	}),
);

const filters: PlanFilter[] = [
	{},
	{ status: "RUNNING" },
	{ open: true },
	{ open: true, tenant: "acme" },
	{ domain: "TECHNICAL", risk_band: "low" },
	{ tenant: "acme" },
	{ tenant: "umbrella", status: "RUNNING" },
	{ created_after: 102, created_before: 107 },
	{ orchestrator_version: "V2", stage: "completed", created_after: 101 },
];

test("planReader: every list comes page by page, none twice and none left out", async (t) => {
	const { mongo } = await openMongo(t);
	await createDocumentStore(mongo).write(
		plans.map(({ revision, ...fields }) => ({
			collection: "workflows",
			_id: fields.workflow_id,
			revision,
			fields,
		})),
	);
	const reader = createPlanReader(mongo);
	async function readAll(list: PlanList): Promise<string[]> {
		const ids: string[] = [];
		for (let page: PlanDocument[] = []; ; ) {
			const last = page.at(-1);
			const value = last?.[planSortKeys[list.sort].field] ?? 0;
			const after = last && { value, workflow_id: last.workflow_id };
			page = await reader.listPlans({ ...list, after, limit: 4 });
			if (page.length === 0) return ids;
			ids.push(...page.map(({ plan_id }) => plan_id));
			assert.ok(ids.length <= plans.length, "a plan came twice");
		}
	}
	for (const filter of filters) {
		for (const sort of planSorts) {
			for (const order of ["asc", "desc"] as const) {
				const list = { filter, sort, order };
				// The same rules, over plans in memory: what a list shows while MongoDB is away.
				const expected = listPlansOf(plans, list);
				// Ended plans have no slack.
				const mayBeEmpty = sort === "slack" && filter.stage === "completed";
				assert.ok(expected.length > 0 || mayBeEmpty, JSON.stringify(list));
				assert.deepEqual(
					await readAll(list),
					expected.map(({ plan_id }) => plan_id),
					JSON.stringify(list),
				);
			}
		}
	}
	const [first] = await reader.listPlans({
		filter: {},
		sort: "created",
		order: "desc",
		limit: 1,
	});
	assert.equal(first?.plan_id, "p39", "newest, then by workflow id");
	assert.ok(first && !("problems" in first) && !("_id" in first));
});
