import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanDocument } from "../../src/domain/documents.ts";
import {
	type ClosedPlan,
	resultOfClosed,
} from "../../src/domain/ended-plan-result.ts";
import { nameUuid } from "../../src/domain/ticket-ids.ts";
import { identity } from "../support/executions.ts";
import { planDocument } from "../support/http.ts";

const summary = {
	...{ ticket_ids: ["a", "b"], compensated: 1, total_duration_ms: 70 },
	...{ sla_violations: 1, sla_deadline: 9_000 },
};

function told(plan: Partial<PlanDocument>, closed: Partial<ClosedPlan> = {}) {
	return resultOfClosed(
		{
			plan: planDocument({
				...{ plan_id: "p", status: "FAILED", tickets_generated: 2 },
				...{ tickets_completed: 1, retries: 3, finished_at: 5_000 },
				...plan,
			}),
			...{ identity, reason: "gone", revision: "7", wasDone: false },
			nowMs: 6_000,
			...closed,
		},
		summary,
	);
}

test("resultOfClosed: what C5 and C6 would have said, under their ids", () => {
	const { write, frame } = told({}) ?? assert.fail();
	assert.partialDeepStrictEqual(write, {
		...{ collection: "workflow_results", _id: "orch-p:r", revision: "7" },
		fields: {
			status: "FAILED",
			errors: ["gone"],
			metrics: {
				...{ total_tickets: 2, successful_tickets: 1, failed_tickets: 1 },
				...{ compensated_tickets: 1, total_retries: 3, sla_violations: 1 },
			},
		},
	});
	assert.partialDeepStrictEqual(frame, {
		frame_id: nameUuid("orch-p:r/frame"),
		...{ status: "FAILED", tickets_failed: 1, duration_ms: 4_999 },
		correlation: { ticket_ids: ["a", "b"] },
	});
});

test("resultOfClosed: of a later round under that round's id, from its own begin", () => {
	const round = { round: 1, status: "FAILED", steps: [], finished_at: 3_000 };
	const { write, frame } =
		told({ former_rounds: [round] as never }) ?? assert.fail();
	assert.equal(write._id, "orch-p:r/2");
	assert.equal(frame?.frame_id, nameUuid("orch-p:r/2/frame"));
	assert.equal(frame?.duration_ms, 2_000);
});

test("resultOfClosed: what the plan itself has said stays", () => {
	const done = { status: "SUCCESS", tickets_completed: 2 } as const;
	const { write, frame } = told(done, { wasDone: true }) ?? assert.fail();
	assert.equal(write.isNew, true);
	assert.ok(write.revision < "000000000000001", "older than anything stored");
	assert.equal(frame?.status, "SUCCESS");
	const step = {
		name: "C6",
		status: "completed",
		started_at: 1,
		duration_ms: 1,
	};
	const steps = [step] as PlanDocument["steps"];
	assert.equal(told({ ...done, steps }, { wasDone: true })?.frame, undefined);
});

test("resultOfClosed: nothing of a plan of which nothing was executed", () => {
	assert.equal(told({ tickets_generated: 0 }), undefined);
});
