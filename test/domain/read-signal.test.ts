import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_OUTPUT_BYTES } from "../../src/domain/read-result.ts";
import { readSignalledResults } from "../../src/domain/read-signal.ts";
import { someResult } from "../support/plan-inputs.ts";

const source = { topic: "execution.results", partition: 0, offset: "7" };

test("readSignalledResults: what intake signals comes out as it went in", () => {
	const results = [
		someResult("t-1", { source, received_at_ms: 1_700_000_000_000 }),
		someResult("t-2", { status: "RUNNING", agent_id: null }),
		someResult("t-3", { status: "FAILED", error_message: "it broke" }),
	];
	assert.deepEqual(readSignalledResults(results), results);
});

test("readSignalledResults: what is no result is left out, the others stay", () => {
	const odd = [
		null,
		7,
		{},
		{ ticket_id: 7 },
		{ ticket_id: "x", status: "DONE" },
	];
	const good = someResult("t-1");
	assert.deepEqual(readSignalledResults([...odd, good]), [good]);
	for (const value of [undefined, null, "x", { length: 1 }])
		assert.deepEqual(readSignalledResults(value), []);
});

test("readSignalledResults: foreign clocks, durations and sizes are bounded", () => {
	const [read] = readSignalledResults([
		{
			...someResult("t-1"),
			received_at_ms: Number.POSITIVE_INFINITY,
			reported_at_ms: "soon",
			actual_duration_ms: 1e300,
			agent_id: "a".repeat(10_000),
			error_message: { text: "broken" },
			output: { log: "x".repeat(1_000_000) },
			source: "here",
		},
	]);
	assert.ok(read !== undefined && !("received_at_ms" in read));
	assert.equal(read.reported_at_ms, null);
	assert.equal(read.actual_duration_ms, null);
	assert.equal(read.agent_id?.length, 200);
	assert.equal(read.error_message, null);
	assert.equal(read.source, null);
	assert.ok(JSON.stringify(read.output).length < MAX_OUTPUT_BYTES + 100);
});

test("readSignalledResults: no value makes it throw", () => {
	const keys = Object.keys(someResult("t-1"));
	const fields = Object.fromEntries(
		keys.map((key) => [key, fc.oneof(fc.jsonValue(), fc.constant("RUNNING"))]),
	);
	const anything = fc.oneof(fc.anything(), fc.array(fc.record(fields)));
	fc.assert(
		fc.property(anything, (value) => {
			for (const { ticket_id, output } of readSignalledResults(value)) {
				assert.equal(typeof ticket_id, "string");
				assert.ok(
					Object.values(output).every((one) => typeof one === "string"),
				);
			}
		}),
		{ numRuns: 500 },
	);
});
