import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { jsonTicketSchema } from "../../schemas/execution-ticket.ts";
import { applyResult } from "../../src/domain/execution/apply-result.ts";
import {
	type Execution,
	stateOf,
	wireId,
	writableTicket,
} from "../../src/domain/execution/state.ts";
import {
	advance,
	cancelOpen,
	endTicket,
	markAllocated,
	markPublished,
	takeReady,
} from "../../src/domain/execution/transitions.ts";
import { carryPrediction } from "../../src/domain/prediction/carried-prediction.ts";
import {
	statusOf,
	ticketDocument,
	ticketWrites,
} from "../../src/domain/ticket-documents.ts";
import {
	identity,
	madeAtMs,
	newExecution,
	publishReady,
	ticketsOf,
	v1,
} from "../support/executions.ts";
import { someResult } from "../support/plan-inputs.ts";
import { predictionOf, someAllocation } from "../support/predictions.ts";

const { terms } = ticketsOf([["a"]]);
const at = madeAtMs + 10;

function documentOf(execution: Execution, ticket = 0) {
	return ticketDocument({ execution, identity, terms }, ticket, at);
}

function fail(execution: Execution, attempt: number): void {
	const id = wireId(execution, 0, attempt);
	applyResult(execution, someResult(id, { status: "FAILED" }), at);
}

test("ticketDocument: is the wire ticket in our record's state, under its logical id", () => {
	const execution = newExecution([["a"], ["b", ["a"]]], v1);
	publishReady(execution, madeAtMs);
	fail(execution, 1);
	advance(execution, at + 100);
	publishReady(execution, at + 100);
	const document = documentOf(execution);
	const wire = Object.fromEntries(
		Object.keys(jsonTicketSchema.properties).map((field) => [
			field,
			document[field as keyof typeof document],
		]),
	);
	assert.ok(Value.Check(jsonTicketSchema, wire));
	assert.equal(document.ticket_id, wireId(execution, 0, 1));
	assert.equal(document.attempt, 2);
	assert.equal(document.attempt_ticket_id, wireId(execution, 0, 2));
	assert.equal(document.retry_count, 1);
	assert.equal(document.metadata.attempt, "2");
	assert.equal(document.published_at, madeAtMs);
	assert.equal(documentOf(execution, 1).order, 1);
	assert.deepEqual(documentOf(execution, 1).dependencies, [document.ticket_id]);
});

test("statusOf: PENDING until it is published, RUNNING while a retry is to come", () => {
	const execution = newExecution([["a"]]);
	const state = stateOf(execution, 0);
	assert.equal(statusOf(state), "PENDING");
	publishReady(execution, madeAtMs);
	assert.equal(statusOf(state), "RUNNING");
	fail(execution, 1);
	assert.equal(state.phase, "backing-off");
	assert.equal(statusOf(state), "RUNNING");
	advance(execution, at + 100);
	assert.equal(statusOf(state), "RUNNING");
	publishReady(execution, at + 100);
	fail(execution, 2);
	assert.equal(statusOf(state), "FAILED");
});

test("statusOf: what the enum lacks is FAILED, with the outcome beside it and a telling message", () => {
	const execution = newExecution([["a"], ["b", ["a"]]], { maxAttempts: 1 });
	publishReady(execution, madeAtMs);
	endTicket(execution, 0, { outcome: "timed_out", at });
	const skipped = documentOf(execution, 1);
	assert.equal(documentOf(execution).status, "FAILED");
	assert.equal(skipped.status, "FAILED");
	assert.equal(skipped.outcome, "skipped");
	assert.match(skipped.error_message ?? "", /^skipped: /);

	const other = newExecution([["a"]]);
	cancelOpen(other, "why not", at);
	assert.equal(documentOf(other).status, "FAILED");
	assert.match(documentOf(other).error_message ?? "", /^cancelled: /);
});

test("statusOf: COMPENSATING while it is undone, then COMPENSATED, still with its completion", () => {
	const execution = newExecution([["a"]]);
	publishReady(execution, madeAtMs);
	applyResult(execution, someResult(wireId(execution, 0, 1)), at);
	const state = writableTicket(execution, 0);
	assert.equal(documentOf(execution).status, "COMPLETED");
	state.compensating = true;
	assert.equal(documentOf(execution).status, "COMPENSATING");
	state.compensating = false;
	state.outcome = "compensated";
	assert.equal(documentOf(execution).status, "COMPENSATED");
	assert.equal(documentOf(execution).completed_at, at);
});

test("ticketWrites: an attempt has a document from its publication on", () => {
	const execution = newExecution([["a"]]);
	const write = () =>
		ticketWrites({ execution, identity, terms }, 0, "r-1", at).filter(
			({ collection }) => collection === "ticket_attempts",
		);
	assert.deepEqual(write(), []);
	publishReady(execution, madeAtMs);
	const source = { topic: "execution.results", partition: 0, offset: "3" };
	const id = wireId(execution, 0, 1);
	applyResult(execution, someResult(id, { status: "FAILED", source }), at);
	assert.deepEqual(write(), [
		{
			collection: "ticket_attempts",
			_id: id,
			revision: "r-1",
			isNew: true,
			fields: {
				ticket_id: id,
				logical_ticket_id: id,
				plan_id: "p-1",
				workflow_id: "orch-p-1",
				task_id: "a",
				attempt: 1,
				generation: 1,
				orchestrator_version: "V2",
				published_at: madeAtMs,
				status: "FAILED",
				outcome: "failed",
				agent_id: "agent-1",
				actual_duration_ms: 5,
				error_message: null,
				finished_at: at,
				result_source: source,
				updated_at: at,
			},
		},
	]);
});

test("ticketWrites: a prediction says of which attempt it is, the first goes without saying", () => {
	const prediction = carryPrediction(predictionOf(700), { retry_count: 0 });
	for (const [second, expected] of [
		[
			{
				...someAllocation,
				prediction: carryPrediction(predictionOf(700), { retry_count: 1 }),
			},
			{ ...predictionOf(700), attempt: 2 },
		],
		// What is stored of the first stays.
		[someAllocation, undefined],
	] as const) {
		const execution = newExecution([["a"]]);
		const publish = (allocation: typeof second, nowMs: number) => {
			const publications = takeReady(execution);
			markAllocated(execution, publications, [allocation]);
			markPublished(execution, publications, nowMs);
		};
		publish({ ...someAllocation, prediction }, madeAtMs);
		assert.deepEqual(documentOf(execution).predictions, predictionOf(700));
		fail(execution, 1);
		advance(execution, at + 100);
		publish(second, at + 100);
		const { attempt, predictions } = documentOf(execution);
		assert.deepEqual([attempt, predictions], [2, expected]);
	}
});
