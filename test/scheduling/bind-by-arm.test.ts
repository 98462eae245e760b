import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndedCalls } from "../../src/plans/feature-arms.ts";
import { bindByArm } from "../../src/scheduling/bind-by-arm.ts";
import { wireTicketOf } from "../support/allocations.ts";

const chosen = { allocation_method: "intelligent_scheduler" };
const ticketOf = (plan_id: string, ticket_id: string, metadata = chosen) =>
	wireTicketOf({ plan_id, ticket_id, metadata });
type Ticket = ReturnType<typeof ticketOf>;
const bounds = { timeoutMs: 1_000 } as never;

function open(partitionOf: (ticket: Ticket) => number | undefined) {
	const ended: EndedCalls[] = [];
	const bound = bindByArm(async (ticket) => partitionOf(ticket as Ticket), {
		armOf: (_feature, key) => (key === "canary" ? "canary" : "stable"),
		record: (one) => void ended.push(one),
	});
	const sent: (number | undefined)[] = [];
	const publisher = bound.observed({
		async publishTickets({ tickets }) {
			for (const ticket of tickets) {
				if (ticket.ticket_id === "refused") throw new Error("refused");
				sent.push(await bound.routeTicket(ticket));
			}
		},
	});
	const publish = (...tickets: Ticket[]) =>
		publisher.publishTickets(
			{
				plan_id: tickets[0]?.plan_id ?? "",
				partition_key: "plan",
				tickets,
			},
			bounds,
		);
	const counts = () =>
		ended.map(({ arm, calls, failures }) => [arm, calls, failures]);
	return { bound, publish, sent, counts };
}

test("binding_routing: tickets of the canary's plans go to their worker, those of the others by key", async () => {
	const { bound, publish, sent, counts } = open(() => 3);
	await publish(ticketOf("canary", "a"), ticketOf("canary", "b"));
	await publish(ticketOf("stable", "c"));
	assert.deepEqual(sent, [3, 3, undefined]);
	assert.deepEqual(
		[bound.isBound("canary"), bound.isBound("stable")],
		[true, false],
	);
	assert.deepEqual(counts(), [
		["canary", 2, 0],
		["stable", 1, 0],
	]);
});

test("binding_routing: a ticket whose worker's partition nobody knows goes by key, and failed; so did one that was not published", async () => {
	const { publish, counts } = open((ticket) =>
		ticket.ticket_id === "lost" ? undefined : 3,
	);
	await publish(ticketOf("canary", "a"), ticketOf("canary", "lost"));
	await publish(ticketOf("canary", "b"));
	await assert.rejects(publish(ticketOf("canary", "refused")));
	await assert.rejects(publish(ticketOf("stable", "refused")));
	assert.deepEqual(counts(), [
		["canary", 2, 1],
		["canary", 1, 0],
		["canary", 1, 1],
		["stable", 1, 1],
	]);
});

test("binding_routing: a ticket that nobody was chosen for is no call", async () => {
	const { publish, counts } = open(() => undefined);
	const fallback = { allocation_method: "round_robin_fallback" };
	await publish(ticketOf("canary", "a", fallback));
	assert.deepEqual(counts(), []);
});
