import assert from "node:assert/strict";
import { test } from "node:test";
import { hasEveryRun } from "../../src/domain/timeline-of-tickets.ts";
import { planDocument } from "../support/http.ts";
import { someAttempt, someTicket, tell } from "../support/timeline-samples.ts";

test("tellTimeline: a reason that no attempt has told is told with the end", () => {
	const late = someTicket("a", {
		outcome: "timed_out",
		finished_at: 9,
		error_message: "no result within 5 ms of its publication",
	});
	const lines = tell({
		plan: planDocument(),
		tickets: [late],
		attempts: [
			someAttempt(late, {
				finished_at: 9,
				outcome: "timed_out",
				agent_id: null,
			}),
		],
	});
	assert.deepEqual(lines.slice(-2), [
		"9 attempt 1 of task a timed out",
		"9 task a timed out: no result within 5 ms of its publication",
	]);
});

test("hasEveryRun: notices that a replaced ticket is not known", () => {
	const [one, two] = [someTicket("a"), someTicket("a", { generation: 2 })];
	const undo = someTicket("a", { generation: 2, compensates: "t-a-2" });
	assert.ok(hasEveryRun([one, two, undo]));
	assert.ok(!hasEveryRun([two, undo]));
});
