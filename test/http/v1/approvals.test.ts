import assert from "node:assert/strict";
import { test } from "node:test";
import type {
	ApprovalAnswerDocument,
	ApprovalWait,
} from "../../../src/domain/approvals.ts";
import { openHttp, planDocument, storeAway } from "../../support/http.ts";

const url = "/api/v1/approvals";
const approval: ApprovalWait = {
	requested_at: 5,
	expires_at: 9,
	published_at: null,
	reminders_sent: 0,
	last_reminder_at: null,
	request_error: null,
};

function waitingPlan(plan_id: string, created_at: number) {
	const status = "AWAITING_APPROVAL";
	return planDocument({ plan_id, created_at, status, approval });
}

function answer(answer_id: string, recorded_at: number) {
	return {
		answer_id,
		plan_id: "p",
		decision: "approved",
		approved_by: "ada",
		approved_at: 1,
		reason: null,
		plan_hash: null,
		why: "PLAN_UNKNOWN",
		detail: "no run has its id",
		source: { topic: "t", partition: 0, offset: "7" },
		recorded_at,
		revision: "1",
	} satisfies ApprovalAnswerDocument;
}

test("GET /approvals: plans that wait, the longest wait first, page by page", async (t) => {
	const plans = [
		{ ...waitingPlan("p1", 1), tenant: "acme" },
		waitingPlan("p2", 2),
	];
	const asked: unknown[] = [];
	const { app } = await openHttp(t, {
		stored: {
			async listPlans({ filter, sort, order, after, limit }) {
				asked.push({ filter, sort, order });
				const rest = plans.filter(
					({ created_at }) => created_at > (after?.value ?? 0),
				);
				return rest.slice(0, limit);
			},
		},
	});
	const first = await app.inject(`${url}?limit=1`);
	const { approvals, next_cursor, read_source } = first.json();
	assert.equal(read_source, "mongodb");
	assert.deepEqual(approvals, [
		{
			plan_id: "p1",
			workflow_id: "orch-p1",
			decision_id: "d",
			intent_id: "intenção",
			final_decision: "approve",
			risk_band: "low",
			domain: "TECHNICAL",
			tenant: "acme",
			plan_hash: null,
			...approval,
		},
	]);
	const second = await app.inject(`${url}?limit=1&cursor=${next_cursor}`);
	const page = second.json();
	assert.equal(page.approvals[0].plan_id, "p2");
	assert.equal(page.next_cursor, null);
	const status = "AWAITING_APPROVAL";
	assert.deepEqual(asked[0], {
		filter: { status },
		sort: "created",
		order: "asc",
	});
});

test("GET /approvals: while MongoDB is away the workflows tell what waits", async (t) => {
	const { app } = await openHttp(t, {
		stored: { listPlans: storeAway },
		answers: { listUnmatched: storeAway },
		running: {
			listOpenPlans: async () => ({
				plans: [waitingPlan("p1", 1), planDocument({ plan_id: "busy" })],
				missing: [],
			}),
		},
	});
	const response = await app.inject(url);
	assert.equal(response.json().read_source, "workflow");
	const ids = response
		.json()
		.approvals.map(({ plan_id }: { plan_id: string }) => plan_id);
	assert.deepEqual(ids, ["p1"]);
	const unmatched = await app.inject(`${url}?state=unmatched`);
	assert.equal(unmatched.statusCode, 503);
});

test("GET /approvals?state=unmatched: answers that came to nothing, page by page", async (t) => {
	const all = [answer("c", 3), answer("b", 3), answer("a", 1)];
	const { app } = await openHttp(t, {
		answers: {
			async listUnmatched({ after, limit }) {
				const from = all.findIndex(
					({ answer_id }) => answer_id === after?.answer_id,
				);
				return all.slice(from + 1, from + 1 + limit);
			},
		},
	});
	const seen: ApprovalAnswerDocument[] = [];
	for (let cursor = ""; ; ) {
		const response = await app.inject(
			`${url}?state=unmatched&limit=2${cursor}`,
		);
		const { approvals, next_cursor } = response.json();
		seen.push(...approvals);
		if (next_cursor === null) break;
		cursor = `&cursor=${next_cursor}`;
	}
	assert.deepEqual(seen, all);
});

for (const query of [
	"state=all",
	"limit=0",
	"cursor=x",
	"state=unmatched&cursor=x",
]) {
	test(`GET /approvals: refuses ${query}`, async (t) => {
		const { app } = await openHttp(t);
		const response = await app.inject(`${url}?${query}`);
		assert.equal(response.statusCode, 400);
		assert.equal(response.json().code, "REQUEST_INVALID");
	});
}
