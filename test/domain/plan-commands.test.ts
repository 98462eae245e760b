import assert from "node:assert/strict";
import { test } from "node:test";
import {
	allowedCommands,
	type CommandState,
	commandHash,
	oversizeProblem,
} from "../../src/domain/plan-commands.ts";
import {
	finalPlanStatuses,
	openPlanStatuses,
} from "../../src/domain/plan-run.ts";

const state: CommandState = {
	status: "RUNNING",
	executed: true,
	cancelled: false,
	answered: false,
	concluded: false,
};

// protocol.md: pause in RUNNING and COMPENSATING; an answer while one is waited for.
const expected = {
	VALIDATING: ["cancel", "priority"],
	AWAITING_APPROVAL: ["approve", "cancel", "priority", "reject"],
	RUNNING: ["cancel", "pause", "priority", "rerun"],
	PAUSED: ["cancel", "priority", "rerun", "resume"],
	COMPENSATING: ["pause", "priority"],
};

for (const status of openPlanStatuses)
	test(`allowedCommands: ${status} takes ${expected[status].join(", ")}`, () =>
		assert.deepEqual(
			allowedCommands({ ...state, status }).sort(),
			expected[status],
		));

test("allowedCommands: a plan that has ended takes a rerun, and none when nothing was published", () => {
	for (const status of finalPlanStatuses) {
		assert.deepEqual(allowedCommands({ ...state, status }), ["rerun"]);
		assert.deepEqual(
			allowedCommands({ ...state, status, executed: false }),
			[],
		);
	}
});

test("allowedCommands: what was accepted leaves nothing to be asked for", () => {
	assert.deepEqual(allowedCommands({ ...state, cancelled: true }), []);
	assert.deepEqual(
		allowedCommands({ ...state, status: "AWAITING_APPROVAL", answered: true }),
		[],
	);
});

test("allowedCommands: after C5 nothing is cancelled and nothing runs again before the plan has ended", () => {
	assert.deepEqual(
		allowedCommands({ ...state, status: "PAUSED", concluded: true }),
		["resume", "priority"],
	);
});

test("commandHash: the same command has the same hash under any key, another one another", () => {
	const command = { actor: "ada", reason: "because" };
	const hash = commandHash("pause", command);
	assert.equal(
		commandHash("pause", {
			reason: "because",
			actor: "ada",
			idempotency_key: "k",
		}),
		hash,
	);
	assert.notEqual(commandHash("resume", command), hash);
	assert.notEqual(commandHash("pause", { ...command, actor: "bob" }), hash);
});

test("oversizeProblem: a command that would not fit a plan's history is told which limit", () => {
	const command = { actor: "ada", reason: "r".repeat(1_000) };
	assert.equal(oversizeProblem("cancel", command), undefined);
	assert.match(
		oversizeProblem("cancel", { ...command, reason: "r".repeat(1_001) }) ?? "",
		/the reason of cancel has 1001 characters, at most 1000/,
	);
	assert.match(
		oversizeProblem("rerun", { ...command, task_id: "t".repeat(16_000) }) ?? "",
		/rerun has \d+ bytes as JSON, at most 16384/,
	);
});
