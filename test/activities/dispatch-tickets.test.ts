import assert from "node:assert/strict";
import { test } from "node:test";
import { createDispatchTickets } from "../../activities/dispatch-tickets.ts";
import type { PolicyDecision } from "../../activities/evaluate-policy.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import { toWireTicket } from "../../src/domain/wire-ticket.ts";
import { createResultTokens } from "../../src/plans/result-tokens.ts";
import { inActivity } from "../support/activity-context.ts";
import { identity, rules, ticketsOf } from "../support/executions.ts";
import { workersAre } from "../support/known-workers.ts";
import { schedulerOver } from "../support/scheduler.ts";

async function dispatchUnder(decision: PolicyDecision) {
	const { specs, terms } = ticketsOf([["a"], ["b"]]);
	const execution = createExecution("p-1", specs, rules);
	const published: ExecutionTicket[] = [];
	const dispatchTickets = createDispatchTickets({
		policy: { decide: async () => decision },
		allocator: schedulerOver(
			workersAre([{ agent_id: "agent-1" }, { agent_id: "agent-2" }]),
		).allocator,
		index: { remember: async () => {} },
		tokens: createResultTokens([], []),
		tickets: {
			publishTickets: async ({ tickets }) => void published.push(...tickets),
		},
	});
	const answer = await inActivity(() =>
		dispatchTickets({
			plan_id: "p-1",
			partition_key: "plan",
			tickets: specs.map((_, ticket) =>
				toWireTicket(execution, ticket, 1, identity, terms),
			),
		}),
	);
	return { answer, published };
}

test("dispatchTickets: each ticket goes out with the worker that was chosen for it", async () => {
	const { answer, published } = await dispatchUnder({ outcome: "allowed" });
	assert.ok("published_at" in answer);
	assert.ok(answer.allocated_at <= answer.published_at);
	assert.deepEqual(
		answer.allocations.map(({ agent_id }) => agent_id),
		["agent-1", "agent-2"],
	);
	assert.deepEqual(
		published.map(({ metadata }) => metadata.assigned_agent_id),
		["agent-1", "agent-2"],
	);
});

test("dispatchTickets: what a policy denies is not published", async () => {
	const denied: PolicyDecision = { outcome: "denied", reasons: ["too late"] };
	const { answer, published } = await dispatchUnder(denied);
	assert.deepEqual(answer, { policy: denied });
	assert.deepEqual(published, []);
});
