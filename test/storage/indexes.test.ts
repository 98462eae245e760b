import assert from "node:assert/strict";
import { test } from "node:test";
import { createApprovalAnswers } from "../../src/storage/approval-answers.ts";
import { createAuditReader } from "../../src/storage/audit-reader.ts";
import { createHistoryReader } from "../../src/storage/history-reader.ts";
import { indexes } from "../../src/storage/indexes.ts";
import { planListIndexes } from "../../src/storage/plan-list-query.ts";
import { createPlanReader } from "../../src/storage/plan-reader.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { everyPlanList } from "../support/many-plans.ts";
import {
	assertIndexed,
	covers,
	recordReads,
} from "../support/recorded-reads.ts";

test("lists of plans: every filter, sort and page rests on a declared index", async () => {
	const lists = everyPlanList();
	assert.equal(lists.length, 512 * 3 * 2);
	const used = new Set<string>();
	for (const list of lists) {
		for (const after of [undefined, { value: 7, workflow_id: "w" }]) {
			const { mongo, trips } = recordReads();
			await createPlanReader(mongo).listPlans({ ...list, after, limit: 50 });
			const [[read] = []] = trips;
			assert.equal(trips.length, 1);
			assert.ok(read);
			assertIndexed(read);
			for (const index of planListIndexes)
				if (covers(index, read)) used.add(JSON.stringify(index));
		}
	}
	// None is declared that no list uses; two more serve single plans and ended ones.
	const declared = (indexes.workflows ?? []).map(({ key }) =>
		JSON.stringify(key),
	);
	assert.ok([...used].every((index) => declared.includes(index)));
	assert.equal(declared.length, used.size + 2);
});

function openReaders(mongo: Mongo) {
	return {
		...createPlanReader(mongo),
		...createHistoryReader(mongo),
		...createAuditReader(mongo),
	};
}

type Reader = ReturnType<typeof openReaders>;
const range = { offset: 10, limit: 5 };
const stored = [{ _id: "t", plan_id: "p", tickets: [], total: [] }];

/** What a read costs when it finds something. */
const reads: Record<string, (reader: Reader) => Promise<unknown>> = {
	"a plan": (reader) => reader.readPlan("p"),
	"tickets of a plan": (reader) => reader.listTickets("p", range),
	"tickets of a plan, newest first": (reader) =>
		reader.listTickets("p", { ...range, newestFirst: true }),
	"tickets of a plan in a status": (reader) =>
		reader.listTickets("p", { ...range, status: "FAILED" }),
	"tickets of a plan in a status, newest first": (reader) =>
		reader.listTickets("p", { ...range, status: "FAILED", newestFirst: true }),
	"a ticket": (reader) => reader.readTicket("t"),
	"a plan's graph": (reader) => reader.readGraph("p"),
	"ended plans": (reader) => reader.listEndedPlans(5, 10),
	"all authorizations": (reader) =>
		reader.listAuthorizations({ limit: 5, skip: 0 }),
	"authorizations of a user, in a time, by everything else": (reader) =>
		reader.listAuthorizations({
			...{ user_id: "u", tenant_id: "t", decision: "d", policy_path: "p" },
			...{ start_time: "2026", end_time: "2027", limit: 5, skip: 0 },
		}),
	"authorizations by a policy": (reader) =>
		reader.listAuthorizations({ policy_path: "p", limit: 5, skip: 0 }),
	"a plan's history": (reader) => reader.readHistory("p"),
};

for (const [what, read] of Object.entries(reads)) {
	test(`reads: ${what} is one round trip, by declared indexes`, async () => {
		const { mongo, trips } = recordReads(stored);
		await read(openReaders(mongo));
		assert.equal(trips.length, 1);
		trips.flat().forEach(assertIndexed);
	});
}

test("reads: unmatched answers, also of a later page, are one round trip, by a declared index", async () => {
	const { mongo, trips } = recordReads();
	const answers = createApprovalAnswers(mongo);
	await answers.listUnmatched({ limit: 5 });
	const after = { recorded_at: 7, answer_id: "a" };
	await answers.listUnmatched({ limit: 5, after });
	assert.equal(trips.length, 2);
	trips.flat().forEach(assertIndexed);
});

test("reads: an id that is no ticket's own takes a second round trip, by _id as well", async () => {
	const { mongo, trips } = recordReads();
	await createPlanReader(mongo).readTicket("later-attempt");
	assert.equal(trips.length, 2);
	trips.flat().forEach(assertIndexed);
});

test("assertIndexed: is not content with less", () => {
	const refused = [
		{ filter: { domain: "x" }, sort: { slack_at: 1, plan_id: 1 } },
		{ filter: { intent_id: "x" }, sort: { created_at: -1 } },
		{ filter: {}, sort: {} },
		{ filter: { plan_id: "p" }, sort: { created_at: -1 } },
	];
	for (const { filter, sort } of refused)
		assert.throws(() =>
			assertIndexed({ collection: "workflows", filter, sort: sort as never }),
		);
});
