import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanDocument } from "../../src/domain/documents.ts";
import { closeEndedPlan, type EndedRun } from "../../src/domain/ended-run.ts";

const ended: EndedRun = {
	plan_id: "p-1",
	run_id: "r-1",
	ending: "TIMED_OUT",
	ended_at: 5_000,
};
const head = { trail: 1, sequence: 7, hash: "f".repeat(64) };
const plan = {
	workflow_id: "orch-p-1",
	plan_id: "p-1",
	decision_id: "d-1",
	correlation_id: null,
	plan_hash: null,
	status: "RUNNING",
	steps: [
		{ name: "C4", status: "running", started_at: 4_000, duration_ms: null },
	],
	tickets_generated: 3,
	tickets_completed: 1,
	tickets_failed: 0,
	created_at: 1,
	audit_head: head,
	finished_at: null,
	revision: "000000000009000-000000007-000000003",
} as unknown as PlanDocument;
const asked = { ended, actor: "service", nowMs: 6_000 };
const landed = { plan, head };

test("closeEndedPlan: without last words, what MongoDB has is closed above its revision, and its trail goes on", () => {
	const work = closeEndedPlan({ ...asked, words: null, stored: landed });
	assert.ok(work);
	assert.ok(work.revision > plan.revision, "also of a clock that ran ahead");
	const [record, document] = work.writes;
	assert.partialDeepStrictEqual(record?.fields, {
		sequence: 8,
		previous_hash: head.hash,
		action: "close",
	});
	assert.partialDeepStrictEqual(document?.fields, {
		status: "FAILED",
		finished_at: 5_000,
		tickets_failed: 2,
		audit_head: work.closing.audit_head,
		steps: [{ name: "C4", status: "failed", duration_ms: 1_000 }],
	});
	assert.equal(document?.fields.revision, undefined);
});

test("closeEndedPlan: a plan that had reached its end keeps it, and one whose end has landed is left alone", () => {
	const done = { ...plan, status: "SUCCESS", finished_at: 4_500 } as const;
	const words = { plan: done, records: [] };
	const work = closeEndedPlan({ ...asked, words, stored: landed });
	assert.equal(work?.closing.status, "SUCCESS");
	assert.partialDeepStrictEqual(work?.writes.at(-1)?.fields, {
		status: "SUCCESS",
		finished_at: 4_500,
	});
	const stored = { plan: done, head };
	assert.equal(closeEndedPlan({ ...asked, words, stored }), undefined);
	assert.equal(closeEndedPlan({ ...asked, words: null, stored }), undefined);
	const nothing = { plan: null, head: null };
	assert.equal(
		closeEndedPlan({ ...asked, words: null, stored: nothing }),
		undefined,
	);
});

test("closeEndedPlan: the same end is the same incident", () => {
	const [one, other] = [6_000, 7_000].map((nowMs) =>
		closeEndedPlan({ ...asked, nowMs, words: null, stored: landed })?.incident(
			[],
		),
	);
	assert.ok(one);
	assert.equal(one.incident_id, other?.incident_id);
});
