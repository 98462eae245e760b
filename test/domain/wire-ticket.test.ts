import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Value } from "typebox/value";
import { jsonTicketSchema } from "../../schemas/execution-ticket.ts";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import { planCompensation } from "../../src/domain/execution/plan-compensation.ts";
import { wireId, writable } from "../../src/domain/execution/state.ts";
import {
	markAllocated,
	takeReady,
} from "../../src/domain/execution/transitions.ts";
import { toWireTicket } from "../../src/domain/wire-ticket.ts";
import { identity, rules, ticketsOf, v1 } from "../support/executions.ts";
import type { TaskSketch } from "../support/plans.ts";

function open(tasks: readonly TaskSketch[], changes = {}) {
	const { specs, terms } = ticketsOf(tasks, changes);
	const execution = createExecution("p-1", specs, { ...rules, ...v1 });
	return { execution, terms };
}

test("toWireTicket: what workers read", () => {
	const { execution, terms } = open(
		[
			["a"],
			[
				"b",
				["a"],
				{
					task_type: "BUILD",
					description: "build it",
					required_capabilities: ["docker"],
					parameters: { image: "x" },
					metadata: { team: "core", attempt: "mine" },
					estimated_duration_ms: 5_000,
				},
			],
		],
		{ risk_band: "high", original_priority: "HIGH" },
	);
	const ticket = toWireTicket(execution, 1, 2, identity, terms);
	assert.ok(Value.Check(jsonTicketSchema, ticket));
	assert.deepEqual(ticket, {
		ticket_id: wireId(execution, 1, 2),
		plan_id: "p-1",
		intent_id: "i-1",
		decision_id: "d-1",
		correlation_id: "c-1",
		trace_id: null,
		span_id: null,
		task_id: "b",
		task_type: "BUILD",
		description: "build it",
		dependencies: [execution.specs[0]?.ticket_id],
		status: "PENDING",
		priority: "HIGH",
		risk_band: "high",
		sla: {
			deadline: execution.specs[1]?.deadline,
			timeout_ms: 15_000,
			max_retries: 3,
		},
		qos: {
			delivery_mode: "EXACTLY_ONCE",
			consistency: "STRONG",
			durability: "PERSISTENT",
		},
		parameters: { image: "x" },
		required_capabilities: ["docker"],
		security_level: "INTERNAL",
		created_at: terms.created_at,
		started_at: null,
		completed_at: null,
		estimated_duration_ms: 5_000,
		actual_duration_ms: null,
		retry_count: 1,
		error_message: null,
		compensation_ticket_id: null,
		metadata: {
			team: "core",
			logical_ticket_id: execution.specs[1]?.ticket_id,
			attempt: "2",
			generation: "1",
			workflow_id: "orch-p-1",
			orchestrator_version: "V2",
			assigned_agent_id: "",
			allocation_method: "not_allocated",
			generated_by: "orchestrator-dynamic",
		},
		schema_version: 1,
	});
});

test("toWireTicket: names the agent that was chosen, and how", () => {
	const { execution, terms } = open([["a"]]);
	const allocation = {
		allocated_at: 1,
		agent_id: "agent-1",
		priority_score: 0.5,
		allocation_method: "round_robin",
		workers_evaluated: 3,
	} as const;
	markAllocated(execution, takeReady(execution), [allocation]);
	const { metadata } = toWireTicket(execution, 0, 1, identity, terms);
	assert.equal(metadata.assigned_agent_id, "agent-1");
	assert.equal(metadata.allocation_method, "round_robin");
});

test("toWireTicket: a compensation is known by its name and waits for nothing in the worker", () => {
	const { execution, terms } = open([["a"], ["b", ["a"]]]);
	for (const state of writable(execution).tickets) state.outcome = "completed";
	const { specs } = planCompensation(execution, terms, true);
	const undoing = createExecution("p-1", specs, {
		...rules,
		compensation: true,
	});
	const ticket = toWireTicket(undoing, 1, 1, identity, terms);
	assert.ok(Value.Check(jsonTicketSchema, ticket));
	const original = execution.specs[0]?.ticket_id ?? "";
	assert.equal(ticket.task_id, `compensate-${original.slice(0, 8)}`);
	assert.equal(ticket.task_type, "COMPENSATE");
	assert.deepEqual(ticket.dependencies, []);
	assert.equal(undoing.specs[1]?.dependencies.length, 1);
	assert.equal(ticket.parameters.original_ticket_id, original);
});

test("toWireTicket: whatever a task says, its ticket keeps the contract", () => {
	const json = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
	const task = fc.record(
		{
			task_type: fc.oneof(fc.string(), fc.constantFrom("build", "Review")),
			description: fc.string({ unit: "binary" }),
			estimated_duration_ms: fc.oneof(
				fc.double({ min: 0, max: 3e10, noNaN: true }),
				fc.constant(null),
			),
			required_capabilities: fc.array(fc.string({ minLength: 1 })),
			parameters: json,
			metadata: json,
		},
		{ requiredKeys: [] },
	);
	const terms = fc.record({
		risk_band: fc.constantFrom("low", "medium", "HIGH", "critical"),
		original_priority: fc.string(),
		original_security_level: fc.string(),
	});
	fc.assert(
		fc.property(task, terms, (fields, changes) => {
			const opened = open([["a", [], fields]], changes);
			const ticket = toWireTicket(
				opened.execution,
				0,
				1,
				identity,
				opened.terms,
			);
			const [error] = Value.Errors(jsonTicketSchema, ticket);
			assert.equal(error, undefined);
		}),
		{ numRuns: 500 },
	);
});
