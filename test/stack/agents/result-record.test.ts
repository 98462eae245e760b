import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { executionResultSchema } from "../../../schemas/execution-result.ts";
import {
	type AttemptReport,
	toDeadLetter,
	toExecutionResult,
} from "../../../stack/agents/result-record.ts";
import { agentTicket } from "./support/agent-ticket.ts";

const reports: AttemptReport[] = [
	{ status: "RUNNING", errorMessage: null, durationMs: null },
	{ status: "COMPLETED", errorMessage: null, durationMs: 12 },
	{ status: "FAILED", errorMessage: "no disk", durationMs: 3 },
];

for (const report of reports) {
	test(`toExecutionResult: ${report.status} keeps the contract of the topic`, () => {
		const record = toExecutionResult(agentTicket(), "agent-1", report, 1_000);
		assert.deepEqual([...Value.Errors(executionResultSchema, record)], []);
		assert.equal(record.result.success, report.status === "COMPLETED");
		assert.equal(record.error_message, report.errorMessage);
	});
}

test("toExecutionResult: echoes the token of its ticket", () => {
	const [running] = reports as [AttemptReport];
	const metadataOf = (token: string | null) =>
		toExecutionResult(agentTicket({ token }), "agent-1", running, 1_000).result
			.metadata;
	assert.equal(metadataOf("abc").ticket_token, "abc");
	assert.ok(!Object.hasOwn(metadataOf(null), "ticket_token"));
});

test("toExecutionResult: says nothing of the plan", () => {
	const ticket = agentTicket({ body: { plan_id: "p-1", ticket_id: "t-1" } });
	const [, report] = reports as [AttemptReport, AttemptReport];
	const record = toExecutionResult(ticket, "agent-1", report, 1_000);
	assert.doesNotMatch(JSON.stringify(record), /p-1/);
});

const cause = { errorType: "SIMULATED", message: "no", retryCount: 2 };
const dlq_metadata = {
	original_error: "no",
	error_type: "SIMULATED",
	retry_count: 2,
	last_failure_timestamp: 1_000,
	dlq_published_at: 1_000,
};

test("toDeadLetter: the ticket as it came, and why", () => {
	const body = { ticket_id: "t-1", extra: ["kept"] };
	assert.deepEqual(toDeadLetter(body, cause, 1_000), { ...body, dlq_metadata });
});

test("toDeadLetter: what is no object is kept beside", () => {
	assert.deepEqual(toDeadLetter([1], cause, 1_000), {
		original: [1],
		dlq_metadata,
	});
});
