import assert from "node:assert/strict";
import { test } from "node:test";
import { allowedCommands } from "../../src/domain/plan-commands.ts";
import {
	finalPlanStatuses,
	openPlanStatuses,
} from "../../src/domain/plan-run.ts";

// protocol.md: pause in RUNNING and COMPENSATING; an answer while one is waited for.
const expected = {
	VALIDATING: ["cancel"],
	AWAITING_APPROVAL: ["approve", "cancel", "reject"],
	RUNNING: ["cancel", "pause"],
	PAUSED: ["cancel", "resume"],
	COMPENSATING: ["pause"],
};

for (const status of openPlanStatuses)
	test(`allowedCommands: ${status} takes ${expected[status].join(", ")}`, () =>
		assert.deepEqual([...allowedCommands(status)].sort(), expected[status]));

test("allowedCommands: a plan that has ended takes none", () => {
	for (const status of finalPlanStatuses)
		assert.deepEqual(allowedCommands(status), []);
});
