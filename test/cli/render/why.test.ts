import assert from "node:assert/strict";
import { test } from "node:test";
import { plainPaint } from "../../../src/cli/render/paint.ts";
import { renderWhy } from "../../../src/cli/render/why.ts";
import type { PlanStatus } from "../../../src/domain/plan-run.ts";

function lastLine(status: PlanStatus): string | undefined {
	const summary = `the plan ended as ${status}`;
	const why = { plan_id: "p-1", status, summary, waits: [], total: 0 };
	return renderWhy(why, { width: 80, paint: plainPaint, nowMs: 0 }).at(-1);
}

test("renderWhy: of a plan that ended badly it says where to read why", () => {
	assert.equal(
		lastLine("FAILED"),
		"how it came to that: orchestrator plans timeline p-1",
	);
	assert.equal(lastLine("SUCCESS"), "the plan ended as SUCCESS");
});
