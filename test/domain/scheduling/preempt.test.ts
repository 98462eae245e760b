import assert from "node:assert/strict";
import { test } from "node:test";
import {
	mayBePreempted,
	mayPreempt,
	orderExecuted,
} from "../../../src/domain/scheduling/preempt.ts";

// The earlier service's cases, by value; its MEDIUM is NORMAL here.
const pairs = [
	["HIGH", "LOW", true],
	["CRITICAL", "LOW", true],
	["NORMAL", "LOW", false],
	["HIGH", "NORMAL", false],
	["HIGH", "HIGH", false],
	["LOW", "LOW", false],
] as const;
for (const [urgent, running, expected] of pairs)
	test(`preempt: ${urgent} over ${running}: ${expected}`, () =>
		assert.equal(
			mayPreempt(urgent) && mayBePreempted(running, false, 1),
			expected,
		));

test("preempt: never a critical ticket, and none twice", () => {
	assert.equal(mayBePreempted("LOW", true, 1), false);
	assert.equal(mayBePreempted("LOW", false, 2), false);
});

test("orderExecuted: what began last comes first, whoever executes it", () => {
	const endpoint = "http://a:1";
	const agents = [
		{
			agent_id: "a",
			endpoint,
			executing: [
				{ ticket_id: "t-1", since_ms: 80 },
				{ ticket_id: "t-2", since_ms: 20 },
			],
		},
		{
			agent_id: "b",
			endpoint,
			executing: [{ ticket_id: "t-3", since_ms: 90 }],
		},
	];
	assert.deepEqual(
		orderExecuted(agents).map(({ ticket_id }) => ticket_id),
		["t-3", "t-1", "t-2"],
	);
	assert.deepEqual(orderExecuted(agents)[0], {
		agent_id: "b",
		endpoint,
		ticket_id: "t-3",
	});
});
