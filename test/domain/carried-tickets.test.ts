import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
	type PackedTickets,
	packTickets,
	unpackTickets,
} from "../../src/domain/carried-tickets.ts";
import {
	type AttemptState,
	newTicket,
	type TicketState,
} from "../../src/domain/execution/state.ts";

/** What Temporal takes of a run's input and what is carried together. */
const LIMIT_BYTES = 2 * 1_048_576;
const startMs = 1_764_000_000_000;
const some = (below: number) => Math.floor(Math.random() * below);

function someAttempt(errorLength: number): AttemptState {
	const finishedAt = startMs + some(14_400_000);
	return {
		tried: true,
		publishedAt: finishedAt - some(60_000),
		end: some(2) ? "completed" : "failed",
		finishedAt,
		agentId: `agent-${randomUUID()}`,
		actualDurationMs: some(60_000),
		errorMessage: randomBytes(errorLength).toString("base64"),
		source: {
			topic: "execution.results",
			partition: some(6),
			offset: String(some(10_000_000)),
		},
		reported: ["RUNNING", "COMPLETED"],
		documented: some(2) === 0,
		dirty: some(2) === 0,
	};
}

/** A ticket about which nothing can be foreseen. */
function someTicket(errorLength: number): TicketState {
	const attempts = [someAttempt(errorLength), someAttempt(errorLength)];
	return {
		...newTicket(some(100)),
		phase: "ended",
		outcome: some(2) ? "completed" : "failed",
		attempts,
		startedAt: startMs + some(14_400_000),
		finishedAt: attempts[1]?.finishedAt ?? null,
		agentId: attempts[1]?.agentId ?? null,
		actualDurationMs: some(60_000),
		errorMessage: attempts[1]?.errorMessage ?? null,
		output: { log: randomBytes(errorLength).toString("base64") },
		compensationTicketId: some(2) ? randomUUID() : null,
		allocation: {
			allocated_at: startMs + some(14_400_000),
			agent_id: `agent-${some(50)}`,
			priority_score: Math.random(),
			allocation_method: "round_robin",
			workers_evaluated: 50,
		},
	};
}

const packedBytes = (packed: PackedTickets) =>
	gzipSync(JSON.stringify(packed), { level: 1 }).length;

test("packTickets: they come back as they were, while there is room for their texts", () => {
	const tickets = Array.from({ length: 200 }, () => someTicket(30));
	const ids = tickets.map(({ compensationTicketId: id }) => id ?? "");
	const travelled = JSON.parse(JSON.stringify(packTickets(tickets, 1_000_000)));
	const back = unpackTickets(travelled, (ticket) => ids[ticket] ?? "");
	assert.deepEqual(back, tickets);
});

test("packTickets: without room errors, outputs and agents are left out, and nothing else", () => {
	const tickets = [someTicket(30), { ...someTicket(30), output: null }];
	const ids = tickets.map(({ compensationTicketId: id }) => id ?? "");
	const back = unpackTickets(
		packTickets(tickets, 0),
		(ticket) => ids[ticket] ?? "",
	);
	assert.match(back[0]?.output?.omitted ?? "", /record of the result/);
	assert.equal(back[1]?.output, null);
	for (const [at, ticket] of tickets.entries()) {
		const { errorMessage, agentId, output, attempts, ...others } = ticket;
		assert.match(back[at]?.errorMessage ?? "", /^omitted: /);
		assert.ok(agentId?.startsWith(back[at]?.agentId ?? "nobody"));
		const { output: _o, errorMessage: _e, ...left } = back[at] as TicketState;
		assert.deepEqual(
			{ ...left, agentId: null, attempts: [] },
			{ ...others, agentId: null, attempts: [] },
		);
		for (const [index, attempt] of attempts.entries())
			assert.equal(
				left.attempts[index]?.source?.offset,
				attempt.source?.offset,
			);
	}
});

test("packTickets: 10,000 tickets of two attempts travel beside the largest plan, whatever is in them", () => {
	const tickets = Array.from({ length: 10_000 }, () => someTicket(250));
	const plain = gzipSync(JSON.stringify(tickets), { level: 1 }).length;
	assert.ok(plain > LIMIT_BYTES, "as they are they do not");
	const packed = packedBytes(packTickets(tickets, 64_000));
	// 10,000 tasks in 1.5 MB leave 100 characters for what is not alike in all.
	const plan = {
		tasks: tickets.map((_, at) => ({
			task_id: `t${at}`,
			description: randomBytes(75).toString("base64"),
		})),
		execution_order: tickets.map((_, at) => `t${at}`),
	};
	const input = gzipSync(JSON.stringify(plan), { level: 1 }).length;
	assert.ok(JSON.stringify(plan).length > 1_400_000);
	assert.ok(packed + input < LIMIT_BYTES, `${packed} and ${input} bytes`);
});
