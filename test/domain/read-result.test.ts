import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	MAX_ERROR_LENGTH,
	MAX_OUTPUT_BYTES,
	readResult,
	readTicketDeadLetter,
} from "../../src/domain/read-result.ts";

const source = { topic: "execution.results", partition: 2, offset: "41" };
const record = {
	ticket_id: "t-1",
	status: "COMPLETED",
	result: { success: true, output: { url: "s3://x" }, metadata: {}, logs: [] },
	error_message: null,
	actual_duration_ms: 1_200,
	agent_id: "agent-1",
	timestamp: 1_700_000_000_000,
	schema_version: 1,
};

function read(value: unknown) {
	const reading = readResult(value, source);
	assert.ok(reading.ok, JSON.stringify(reading));
	return reading.result;
}

test("readResult: a ticket's id is a UUID in whatever letters; other ids are left as they are", () => {
	const uuid = "7D7BD8C6-9f0e-5D4C-8f3e-0123456789AB";
	const folded = uuid.toLowerCase();
	assert.equal(read({ ...record, ticket_id: uuid }).ticket_id, folded);
	assert.equal(read({ ...record, ticket_id: "T-1" }).ticket_id, "T-1");
	const letter = readTicketDeadLetter({ ticket_id: uuid }, source);
	assert.ok(letter.ok);
	assert.equal(letter.result.ticket_id, folded);
});

test("readResult: a whole record", () => {
	assert.deepEqual(readResult(record, source), {
		ok: true,
		ticketId: "t-1",
		planId: null,
		result: {
			ticket_id: "t-1",
			status: "COMPLETED",
			agent_id: "agent-1",
			actual_duration_ms: 1_200,
			error_message: null,
			output: { url: "s3://x" },
			reported_at_ms: 1_700_000_000_000,
			source,
			kind: "result",
		},
	});
});

const lenient: { name: string; given: object; wanted: object }[] = [
	{
		name: "the status in lower case",
		given: { status: "failed" },
		wanted: { status: "FAILED" },
	},
	{
		name: "no agent",
		given: { agent_id: undefined },
		wanted: { agent_id: null },
	},
	{
		name: "the time as ISO text",
		given: { timestamp: "2027-01-02T03:04:05.678Z" },
		wanted: { reported_at_ms: 1_798_859_045_678 },
	},
	{
		name: "a duration as text",
		given: { actual_duration_ms: "12.4" },
		wanted: { actual_duration_ms: 12 },
	},
	{
		name: "an unreadable time and duration as none",
		given: { timestamp: {}, actual_duration_ms: "long" },
		wanted: { reported_at_ms: null, actual_duration_ms: null },
	},
	{
		name: "a duration beyond a year as none",
		given: { actual_duration_ms: 366 * 86_400_000 },
		wanted: { actual_duration_ms: null },
	},
	{
		name: "a cancelled attempt as failed, with its message",
		given: { status: "CANCELLED", error_message: "drained" },
		wanted: {
			status: "FAILED",
			error_message: "the worker reported cancelled: drained",
		},
	},
	{
		name: "a preempted attempt without a message",
		given: { status: "preempted" },
		wanted: {
			status: "FAILED",
			error_message: "the worker reported preempted: it gave no reason",
		},
	},
	{
		name: "a worker's own time-out",
		given: { status: "Timed out", error_message: "after 9 s" },
		wanted: {
			status: "FAILED",
			error_message: "the worker reported timeout: after 9 s",
		},
	},
	{
		name: "ERROR as failed, its message as it is",
		given: { status: "ERROR", error_message: "no disk" },
		wanted: { status: "FAILED", error_message: "no disk" },
	},
	{
		name: "words of other engines",
		given: { status: "succeeded" },
		wanted: { status: "COMPLETED", error_message: null },
	},
	{
		name: "the beginning in other words",
		given: { status: "in progress" },
		wanted: { status: "RUNNING" },
	},
	{ name: "no result", given: { result: null }, wanted: { output: {} } },
	{
		name: "output values that are no text",
		given: { result: { output: { n: 1, o: { b: 1, a: [] } } } },
		wanted: { output: { n: "1", o: '{"a":[],"b":1}' } },
	},
];

for (const { name, given, wanted } of lenient) {
	test(`readResult: takes ${name}`, () =>
		assert.partialDeepStrictEqual(read({ ...record, ...given }), wanted));
}

test("readResult: a large output is cut to 4 KB and says so", () => {
	const output = { a: "ü".repeat(1_000), b: "日".repeat(5_000), c: "lost" };
	const cut = read({ ...record, result: { output } }).output;
	assert.equal(cut.a, output.a);
	assert.ok(output.b.startsWith(cut.b ?? "-") && (cut.b?.length ?? 0) > 600);
	assert.equal(cut.truncated, "true");
	assert.ok(!("c" in cut));
	const bytes = Buffer.byteLength(Object.entries(cut).flat().join(""));
	assert.ok(bytes <= MAX_OUTPUT_BYTES, `${bytes} bytes`);
});

test("readResult: an endless error message is cut", () => {
	const { error_message } = read({
		...record,
		error_message: "e".repeat(9_999),
	});
	assert.equal(error_message?.length, MAX_ERROR_LENGTH);
	assert.ok(error_message?.endsWith("..."));
});

test("readResult: every problem in one answer", () => {
	const reading = readResult({ status: "DONE" }, source);
	assert.ok(!reading.ok);
	assert.deepEqual(
		reading.problems.map(({ path, code }) => [path, code]),
		[
			["$.ticket_id", "FIELD_MISSING"],
			["$.status", "STATUS_UNKNOWN"],
		],
	);
});

test("readResult: words that say nothing of an end are no result", () => {
	for (const status of ["PENDING", "COMPENSATED", "DONE", "constructor", 7]) {
		const reading = readResult({ ...record, status }, source);
		assert.ok(!reading.ok, String(status));
		assert.match(
			reading.problems[0]?.message ?? "",
			/COMPLETED, FAILED or RUNNING/,
		);
	}
});

test("readTicketDeadLetter: the attempt has failed, with the worker's reason and the ticket's plan", () => {
	const entry = {
		ticket_id: "t-1",
		plan_id: "p-1",
		status: "PENDING",
		dlq_metadata: {
			original_error: "no such image",
			error_type: "BuildError",
			retry_count: 3,
			last_failure_timestamp: 1,
			dlq_published_at: "2027-01-02T03:04:05.678Z",
		},
	};
	const reading = readTicketDeadLetter(entry, source);
	assert.ok(reading.ok);
	assert.equal(reading.planId, "p-1");
	assert.partialDeepStrictEqual(reading.result, {
		ticket_id: "t-1",
		status: "FAILED",
		error_message: "BuildError: no such image (after 3 retries)",
		reported_at_ms: 1_798_859_045_678,
		kind: "dead-letter",
	});
});

test("readTicketDeadLetter: a ticket without the worker's facts has failed too", () => {
	const reading = readTicketDeadLetter({ ticket_id: "t-1" }, source);
	assert.ok(reading.ok);
	assert.equal(reading.planId, null);
	assert.equal(reading.result.error_message, "the worker gave the ticket up");
	assert.ok(!readTicketDeadLetter({ dlq_metadata: {} }, source).ok);
});

test("readResult, readTicketDeadLetter: no value makes them throw, nothing they give is large", () => {
	const keys = [...Object.keys(record), "dlq_metadata", "plan_id"];
	const fields = Object.fromEntries(
		keys.map((key) => [
			key,
			fc.oneof(
				fc.jsonValue(),
				fc.constant(record[key as keyof typeof record] ?? null),
			),
		]),
	);
	const anything = fc.oneof(
		fc.jsonValue(),
		fc.record(fields, { requiredKeys: [] }),
	);
	fc.assert(
		fc.property(anything, (value) => {
			for (const reading of [
				readResult(value, source),
				readTicketDeadLetter(value, null),
			]) {
				if (reading.ok)
					assert.ok(JSON.stringify(reading.result).length < 30_000);
				else assert.ok(reading.problems.length > 0);
			}
		}),
		{ numRuns: 500 },
	);
});
