import assert from "node:assert/strict";
import { test } from "node:test";
import type { Allocator } from "../../activities/allocate-resources.ts";
import { createRoundRobinAllocator } from "../../src/scheduling/round-robin.ts";
import { allocationOf as request } from "../support/allocations.ts";
import { workersAre } from "../support/known-workers.ts";

const agents = [
	{ agent_id: "a-1", capabilities: ["build"] },
	{ agent_id: "a-2", capabilities: ["build", "deploy"] },
	{ agent_id: "a-3", capabilities: ["deploy"] },
	{ agent_id: "a-4", capabilities: [] },
];

async function chosenBy(allocator: Allocator, ...needs: string[][]) {
	const allocations = await allocator.allocate(request(...needs));
	return allocations.map(({ agent_id }) => agent_id);
}

test("createRoundRobinAllocator: everybody in turn, from where the last plan stopped", async () => {
	const allocator = createRoundRobinAllocator({
		directory: workersAre(agents),
	});
	assert.deepEqual(await chosenBy(allocator, [], []), ["a-1", "a-2"]);
	assert.deepEqual(await chosenBy(allocator, [], [], []), [
		"a-3",
		"a-4",
		"a-1",
	]);
});

test("createRoundRobinAllocator: agents that can do it come before others", async () => {
	const allocator = createRoundRobinAllocator({
		directory: workersAre(agents),
	});
	const chosen = await chosenBy(
		allocator,
		["build"],
		["build"],
		["deploy", "build"],
		["deploy"],
	);
	assert.deepEqual(chosen, ["a-1", "a-2", "a-2", "a-3"]);
	const [anybody] = await chosenBy(allocator, ["paint"]);
	assert.equal(anybody, "a-4");
});

test("createRoundRobinAllocator: nobody starves where capabilities alternate", async () => {
	const allocator = createRoundRobinAllocator({
		directory: workersAre([
			{ agent_id: "b-1", capabilities: ["build"] },
			{ agent_id: "b-2", capabilities: ["build"] },
			{ agent_id: "d-1", capabilities: ["deploy"] },
			{ agent_id: "d-2", capabilities: ["deploy"] },
		]),
	});
	const needs = Array.from({ length: 20 }, (_, index) => [
		index % 2 === 0 ? "build" : "deploy",
	]);
	const chosen = await chosenBy(allocator, ...needs);
	for (const id of ["b-1", "b-2", "d-1", "d-2"])
		assert.equal(chosen.filter((one) => one === id).length, 5, id);
});

test("createRoundRobinAllocator: says how it came to its choice, and the ticket's priority", async () => {
	const allocator = createRoundRobinAllocator({
		directory: workersAre(agents),
	});
	const [allocation] = await allocator.allocate(request([]));
	assert.equal(allocation?.allocation_method, "round_robin");
	assert.equal(allocation?.workers_evaluated, 4);
	// contracts.md, "Priority score": critical, best QoS, fresh.
	assert.equal(allocation?.priority_score.toFixed(4), "0.7900");
});

test("createRoundRobinAllocator: with nobody known every ticket is answered for, and says so", async () => {
	const allocator = createRoundRobinAllocator({ directory: workersAre([]) });
	const allocations = await allocator.allocate(request([], ["build"]));
	assert.deepEqual(
		allocations.map(({ agent_id, allocation_method }) => [
			agent_id,
			allocation_method,
		]),
		[
			[null, "no_agent_known"],
			[null, "no_agent_known"],
		],
	);
});

test("createRoundRobinAllocator: with nothing known because the directory is away it says that; a last known view still serves", async () => {
	const [away] = await createRoundRobinAllocator({
		directory: workersAre([], "none"),
	}).allocate(request([]));
	assert.equal(away?.agent_id, null);
	assert.equal(away?.allocation_method, "directory_unavailable");
	const [last] = await createRoundRobinAllocator({
		directory: workersAre(agents, "last-known"),
	}).allocate(request([]));
	assert.equal(last?.agent_id, "a-1");
});

test("createRoundRobinAllocator: nothing for who has died or is held back", async () => {
	const held = { since_ms: 0, actor: "ana", reason: "disk", share: 0 };
	const allocator = createRoundRobinAllocator({
		directory: workersAre([
			{ agent_id: "dead", status: "UNHEALTHY" },
			{ agent_id: "held", paused: held },
			{ agent_id: "back", paused: { ...held, share: 0.1 } },
		]),
	});
	assert.deepEqual(await chosenBy(allocator, [], []), ["back", "back"]);
});
