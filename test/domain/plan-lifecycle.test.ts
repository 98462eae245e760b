import assert from "node:assert/strict";
import { test } from "node:test";
import {
	nextStatuses,
	statusProblem,
} from "../../src/domain/plan-lifecycle.ts";
import {
	finalPlanStatuses,
	isOpenStatus,
	openPlanStatuses,
	type PlanStatus,
} from "../../src/domain/plan-run.ts";

const expected: Record<(typeof openPlanStatuses)[number], PlanStatus[]> = {
	VALIDATING: [
		"INVALID",
		"AWAITING_APPROVAL",
		"EXPIRED",
		"CANCELLED",
		"RUNNING",
	],
	AWAITING_APPROVAL: ["INVALID", "REJECTED", "EXPIRED", "CANCELLED", "RUNNING"],
	RUNNING: [
		...(["COMPENSATING", "PAUSED", "SUCCESS"] as const),
		...(["PARTIAL", "FAILED", "CANCELLED"] as const),
	],
	PAUSED: [
		...(["COMPENSATING", "RUNNING", "SUCCESS"] as const),
		...(["PARTIAL", "FAILED", "CANCELLED"] as const),
	],
	COMPENSATING: ["PAUSED", "SUCCESS", "PARTIAL", "FAILED", "CANCELLED"],
};

for (const status of openPlanStatuses)
	test(`lifecycle: what a plan in ${status} may become`, () =>
		assert.deepEqual(nextStatuses(status).sort(), expected[status].sort()));

const neverExecuted: readonly PlanStatus[] = ["INVALID", "REJECTED", "EXPIRED"];

test("lifecycle: a plan that has ended is only opened again, and only if it was executed", () => {
	for (const status of finalPlanStatuses) {
		assert.ok(nextStatuses(status).every(isOpenStatus));
		const isRefused = statusProblem(status, "reopened") !== undefined;
		assert.equal(isRefused, neverExecuted.includes(status), status);
		assert.match(statusProblem(status, "paused") ?? "", new RegExp(status));
	}
});
