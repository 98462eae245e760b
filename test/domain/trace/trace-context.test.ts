import assert from "node:assert/strict";
import { test } from "node:test";
import {
	attemptSpanId,
	placePlan,
	readTraceparent,
	traceparentOf,
} from "../../../src/domain/trace/trace-context.ts";

const trace_id = "0af7651916cd43dd8448eb211c80319c";
const span_id = "b7ad6b7169203331";

test("readTraceparent: what is W3C trace context is read, of later versions too, and nothing else", () => {
	const sampled = { trace_id, span_id, sampled: true };
	assert.deepEqual(readTraceparent(`00-${trace_id}-${span_id}-01`), sampled);
	assert.deepEqual(
		readTraceparent(`cc-${trace_id}-${span_id}-03-more`),
		sampled,
	);
	assert.equal(
		readTraceparent(traceparentOf({ ...sampled, sampled: false }))?.sampled,
		false,
	);
	for (const text of [
		...[undefined, "", "nonsense", `ff-${trace_id}-${span_id}-01`],
		...[
			`00-${"0".repeat(32)}-${span_id}-01`,
			`00-${trace_id}-${"0".repeat(16)}-01`,
		],
		`00-${trace_id.toUpperCase()}-${span_id}-01`,
	])
		assert.equal(readTraceparent(text), undefined, text);
});

test("placePlan: below the caller's span, else in the decision's trace, else in one of its own", () => {
	const decision = { plan_id: "p", decision_id: "d", trace_id: null };
	const parent = { trace_id, span_id, sampled: true };
	const called = placePlan(
		{ ...decision, trace_id: "1".repeat(32) },
		"1",
		parent,
	);
	assert.deepEqual([called.trace_id, called.parent_id], [trace_id, span_id]);
	const named = placePlan({ ...decision, trace_id }, "1");
	assert.deepEqual([named.trace_id, named.parent_id], [trace_id, null]);
	const own = placePlan({ ...decision, trace_id: "t-1" }, "1");
	assert.match(own.trace_id, /^[0-9a-f]{32}$/);
	assert.match(own.span_id, /^[0-9a-f]{16}$/);
	assert.deepEqual(placePlan(decision, "1"), own, "always the same");
	assert.notEqual(placePlan(decision, "2").span_id, own.span_id);
});

test("attemptSpanId: the second half of the id on the wire", () => {
	assert.equal(
		attemptSpanId("1d1a4f3e-58a3-5c51-9f0e-0c1f4c3a2b10"),
		"9f0e0c1f4c3a2b10",
	);
});
