import assert from "node:assert/strict";
import { test } from "node:test";
import { consolidate } from "../../src/domain/consolidate.ts";
import { applyResult } from "../../src/domain/execution/apply-result.ts";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import { planCompensation } from "../../src/domain/execution/plan-compensation.ts";
import { type Execution, wireId } from "../../src/domain/execution/state.ts";
import { advance, endTicket } from "../../src/domain/execution/transitions.ts";
import {
	compensationFacts,
	failureFacts,
} from "../../src/domain/failure-facts.ts";
import {
	endedExecution,
	madeAtMs,
	newExecution,
	publishReady,
	rules,
	TIMEOUT_MS,
	ticketsOf,
} from "../support/executions.ts";
import { someResult } from "../support/plan-inputs.ts";

function report(
	execution: Execution,
	ticket: number,
	attempt: number,
	changes: Parameters<typeof someResult>[1],
): void {
	const id = wireId(execution, ticket, attempt);
	applyResult(execution, someResult(id, changes), madeAtMs + 1);
}

const factsOf = (execution: Execution) =>
	failureFacts(execution, consolidate(execution, false));

test("failureFacts: a task that failed is an inconsistency, and nobody is suspected", () => {
	const execution = newExecution([["a"]], { maxAttempts: 1 });
	publishReady(execution, madeAtMs);
	report(execution, 0, 1, { status: "RUNNING", agent_id: "agent-1" });
	report(execution, 0, 1, { status: "FAILED", error_message: "no disk" });
	const id = wireId(execution, 0, 1);
	const { evidence, ...facts } = factsOf(execution);
	assert.match(evidence ?? "", /"agent_id":"agent-1"/);
	assert.deepEqual(facts, {
		type: "INCONSISTENCY",
		details: [`ticket ${id} of task a failed: no disk`],
		affectedTickets: [id],
		suspects: [],
	});
});

test("failureFacts: of a ticket that was refused the evidence says by whom and why", () => {
	const execution = newExecution([["a"]], { maxAttempts: 1 });
	const rejection = {
		...{ rejected_at: madeAtMs, rejected_by: "policy" as const },
		reason: "denied: by a rule",
	};
	endTicket(execution, 0, {
		...{ outcome: "failed", at: madeAtMs, errorMessage: "denied", rejection },
	});
	const { tickets } = JSON.parse(factsOf(execution).evidence ?? "") as {
		tickets: { rejection_metadata: unknown }[];
	};
	assert.deepEqual(tickets[0]?.rejection_metadata, rejection);
});

test("failureFacts: a time-out names the attempt beside the ticket, and suspects who had begun it", () => {
	const execution = newExecution([["a"], ["b"]]);
	publishReady(execution, madeAtMs);
	report(execution, 1, 1, { status: "COMPLETED" });
	report(execution, 0, 1, { status: "RUNNING", agent_id: "agent-1" });
	advance(execution, madeAtMs + TIMEOUT_MS);
	advance(execution, madeAtMs + TIMEOUT_MS + 100);
	publishReady(execution, madeAtMs + TIMEOUT_MS + 100);
	advance(execution, madeAtMs + 3 * TIMEOUT_MS);
	const [first, second] = [1, 2].map((one) => wireId(execution, 0, one));
	const facts = factsOf(execution);
	assert.equal(facts.type, "TICKET_TIMEOUT");
	assert.deepEqual(facts.affectedTickets, [first, second]);
	assert.deepEqual(facts.suspects, ["agent-1"]);
	assert.match(
		facts.details.join(),
		new RegExp(
			`^ticket ${first}, attempt 2: ${second} of task a timed out: timeout`,
		),
	);
});

test("failureFacts: a time-out of which nobody had reported suspects nobody", () => {
	const execution = newExecution([["a"]], { maxAttempts: 1 });
	publishReady(execution, madeAtMs);
	advance(execution, madeAtMs + TIMEOUT_MS);
	assert.deepEqual(factsOf(execution).suspects, []);
	assert.equal(factsOf(execution).type, "TICKET_TIMEOUT");
});

test("failureFacts: what contradicts itself is an inconsistency, whatever timed out", () => {
	const execution = newExecution([["a"], ["b", ["a"]]], {
		dispatch: "all-at-once",
		maxAttempts: 1,
	});
	publishReady(execution, madeAtMs);
	report(execution, 1, 1, { status: "COMPLETED" });
	report(execution, 0, 1, { status: "RUNNING", agent_id: "agent-1" });
	advance(execution, madeAtMs + TIMEOUT_MS);
	const facts = factsOf(execution);
	assert.equal(facts.type, "INCONSISTENCY");
	assert.deepEqual(facts.suspects, []);
	assert.match(facts.details[0] ?? "", /completed, but ticket/);
});

test("compensationFacts: names the compensation and what it was to undo; suspects nobody", () => {
	const { terms } = ticketsOf([["a"]]);
	const execution = newExecution([["a"]], { maxAttempts: 1 });
	publishReady(execution, madeAtMs);
	endTicket(execution, 0, { outcome: "failed", at: madeAtMs });
	const { specs } = planCompensation(execution, terms, false);
	for (const [status, type] of [
		["FAILED", "INCONSISTENCY"],
		["RUNNING", "TICKET_TIMEOUT"],
	] as const) {
		const undoing = createExecution("p-1", specs, {
			...rules,
			maxAttempts: 1,
			compensation: true,
		});
		publishReady(undoing, madeAtMs);
		report(undoing, 0, 1, { status, error_message: "no way back" });
		advance(undoing, madeAtMs + 10_000_000);
		const facts = compensationFacts(undoing);
		assert.equal(facts.type, type);
		assert.deepEqual(facts.suspects, []);
		assert.deepEqual(facts.affectedTickets, [
			execution.specs[0]?.ticket_id,
			undoing.specs[0]?.ticket_id,
		]);
		assert.match(
			facts.details.join(),
			/^the compensation failed: ticket .* of task a /,
		);
	}
});

test("failureFacts: the evidence has the failed tickets with their attempts and workers, as JSON", () => {
	const execution = endedExecution([["a"], ["b"]], {
		a: "failed",
		b: "completed",
	});
	const { evidence = "" } = failureFacts(
		execution,
		consolidate(execution, false),
	);
	const { tickets } = JSON.parse(evidence) as {
		tickets: {
			task_id: string;
			outcome: string;
			attempts: { end: string }[];
		}[];
	};
	assert.deepEqual(
		tickets.map(({ task_id, outcome, attempts }) => [
			task_id,
			outcome,
			attempts.length,
		]),
		[["a", "failed", 1]],
	);
});
