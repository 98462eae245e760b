import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createDispatchTickets } from "../../activities/dispatch-tickets.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import type { PolicyDecision } from "../../src/domain/policy-decision.ts";
import type { PolicyQuestion } from "../../src/domain/policy-question.ts";
import { toWireTicket } from "../../src/domain/wire-ticket.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createResultTokens } from "../../src/plans/result-tokens.ts";
import type { TicketEntry, TicketIndex } from "../../src/plans/ticket-index.ts";
import { createTicketIndex } from "../../src/storage/ticket-index.ts";
import { inActivity } from "../support/activity-context.ts";
import { eventually } from "../support/eventually.ts";
import { identity, rules, ticketsOf } from "../support/executions.ts";
import { workersAre } from "../support/known-workers.ts";
import { schedulerOver } from "../support/scheduler.ts";
import { openMongoVia, openRedis } from "../support/stores.ts";

/** Tickets of these tasks, under this decision, or under this for each question. */
function openDispatch(
	tasks: Parameters<typeof ticketsOf>[0],
	decision: PolicyDecision | ((question: PolicyQuestion) => PolicyDecision),
	publishTickets?: () => Promise<void>,
	index?: Pick<TicketIndex, "remember">,
) {
	const { specs, terms } = ticketsOf(tasks);
	const execution = createExecution("p-1", specs, rules);
	const published: ExecutionTicket[] = [];
	const indexed: TicketEntry[] = [];
	const { allocator, reservations } = schedulerOver(
		workersAre([{ agent_id: "agent-1" }, { agent_id: "agent-2" }]),
	);
	const dispatchTickets = createDispatchTickets({
		policy: {
			decide: async (question) =>
				typeof decision === "function" ? decision(question) : decision,
		},
		allocator,
		index: index ?? {
			async remember(entries) {
				// Longer than a choice takes.
				await sleep(50);
				assert.deepEqual(published, [], "the index is written first");
				indexed.push(...entries);
			},
		},
		tokens: createResultTokens([], []),
		tickets: {
			publishTickets:
				publishTickets ??
				(async ({ tickets }) => void published.push(...tickets)),
		},
	});
	const batch = {
		plan_id: "p-1",
		partition_key: "plan" as const,
		tickets: specs.map((_, ticket) =>
			toWireTicket(execution, ticket, 1, identity, terms),
		),
	};
	return {
		dispatch: () => inActivity(() => dispatchTickets(batch)),
		published,
		indexed,
		held: () => [...reservations.holdings("p-1", "").held],
	};
}

async function dispatchUnder(decision: Parameters<typeof openDispatch>[1]) {
	const world = openDispatch([["a"], ["b"]], decision);
	return { ...world, answer: await world.dispatch() };
}

test("dispatchTickets: each ticket goes out with the worker that was chosen for it", async () => {
	const { answer, published, indexed } = await dispatchUnder({
		outcome: "allowed",
	});
	assert.deepEqual(
		indexed,
		published.map(({ ticket_id }) => ({ ticket_id, plan_id: "p-1" })),
	);
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

test("dispatchTickets: the index is on its way to Redis when policies are asked", async (t) => {
	const sockets: Socket[] = [];
	const note = (message: unknown) => {
		sockets.push((message as { socket: Socket }).socket);
	};
	subscribe("net.client.socket", note);
	const { redis, metrics } = openRedis(t);
	await eventually(async () => {
		await redis.ping();
		return true;
	});
	unsubscribe("net.client.socket", note);
	const bytesSent = () =>
		sockets.reduce((sum, { bytesWritten }) => sum + bytesWritten, 0);
	const before = bytesSent();
	const sent: number[] = [];
	const decide = (): PolicyDecision => {
		sent.push(bytesSent() - before);
		return { outcome: "allowed" };
	};
	const { mongo } = openMongoVia(t, "mongodb://127.0.0.1:1");
	const index = createTicketIndex({ mongo, redis, metrics });
	const { dispatch } = openDispatch([["a"]], decide, async () => {}, index);
	await dispatch();
	assert.ok((sent[0] ?? 0) > 0, "nothing was sent before the first question");
});

test("dispatchTickets: what a policy denies is not published", async () => {
	const denied: PolicyDecision = { outcome: "denied", reasons: ["too late"] };
	const { answer, published } = await dispatchUnder(denied);
	assert.deepEqual(answer, { policy: denied });
	assert.deepEqual(published, []);
});

test("dispatchTickets: a ticket that is denied with its worker gives its place back; so do all without a decision", async () => {
	const one = await dispatchUnder((question) => {
		if (question.point !== "before-publication") return { outcome: "allowed" };
		const [{ ticket_id = "" } = {}] = question.tickets;
		return { outcome: "allowed", denied: [{ ticket_id, violations: [] }] };
	});
	assert.equal(one.published.length, 1);
	await eventually(() => one.held().length === 1);
	const [[agent] = []] = one.held();
	assert.equal(agent, one.published[0]?.metadata.assigned_agent_id);
	const none = await dispatchUnder(({ point }) =>
		point === "before-publication"
			? { outcome: "undecided", reason: "OPA is away" }
			: { outcome: "allowed" },
	);
	assert.equal(none.published.length, 0);
	await eventually(() => none.held().length === 0);
});

test("dispatchTickets: a ticket that Kafka will never take gives its place back", async () => {
	const refused = new OrchestratorError("PUBLISH_REFUSED", "too large");
	const world = openDispatch([["a"]], { outcome: "allowed" }, async () => {
		throw refused;
	});
	await assert.rejects(world.dispatch(), refused);
	await eventually(() => world.held().length === 0);
});
