import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type Allocation,
	isAllocated,
} from "../../src/domain/scheduling/allocation.ts";
import type { WorkerDirectory } from "../../src/plans/worker-directory.ts";
import { allocationOf } from "../support/allocations.ts";
import { eventually } from "../support/eventually.ts";
import { workersAre } from "../support/known-workers.ts";
import { schedulerOver } from "../support/scheduler.ts";
import { pausedTo, workerOf } from "../support/workers.ts";

const build = { capabilities: ["build"] };

function needs(count: number, ...capabilities: string[]) {
	return allocationOf(...Array.from({ length: count }, () => capabilities));
}

const waits = {
	nobodyMs: 0,
	pausedMs: 60_000,
	fullMs: 60_000,
	thenReject: false,
};

function kindsOf(answers: readonly Allocation[]): string[] {
	return answers.map((one) =>
		isAllocated(one)
			? one.allocation_method
			: one.kind === "waiting"
				? one.wait.reason
				: one.kind,
	);
}

test("createAllocator: with routing a ticket waits for a place, and no longer than it may; a compensation and V1 do not", async () => {
	const { allocator, reservations } = schedulerOver(
		workersAre([workerOf("w-1", { slots: 1 })]),
		{ settings: { queueFactor: 1, waits, routing: { groupId: "g" } } },
	);
	const request = needs(2);
	const answers = await allocator.allocate(request);
	assert.deepEqual(kindsOf(answers), ["intelligent_scheduler", "full"]);
	const [, second] = request.tickets;
	assert.ok(second);
	const again = { plan_id: "p-1", tickets: [second] };
	const since = (ms: number) => ({
		waiting_since: { [second.ticket_id]: Date.now() - ms },
	});
	assert.deepEqual(
		kindsOf(await allocator.allocate({ ...again, ...since(1_000) })),
		["full"],
	);
	for (const late of [
		{ ...again, ...since(60_001) },
		{ ...again, compensation: true as const },
	]) {
		const [answer] = await allocator.allocate(late);
		assert.ok(answer && isAllocated(answer) && answer.overflow);
	}
	reservations.ended([{ ticket_id: "t-0", agent_id: "w-1" }]);
	await eventually(async () => {
		const [answer] = kindsOf(await allocator.allocate(again));
		return answer === "intelligent_scheduler";
	});
});

test("createAllocator: who is held back is waited for; nobody who fits is waited for as set, then a ticket falls back or fails", async () => {
	const held = workersAre([workerOf("w-1", { ...build, paused: pausedTo(0) })]);
	const answersOf = async (
		directory: WorkerDirectory,
		settings: Partial<typeof waits>,
		request = needs(1, "build"),
	) =>
		await schedulerOver(directory, {
			settings: { waits: { ...waits, ...settings } },
		}).allocator.allocate(request);
	assert.deepEqual(kindsOf(await answersOf(held, {})), ["paused"]);
	const other = workersAre([workerOf("w-1")]);
	assert.deepEqual(kindsOf(await answersOf(other, {})), [
		"round_robin_fallback",
	]);
	assert.deepEqual(kindsOf(await answersOf(other, { nobodyMs: 60_000 })), [
		"nobody",
	]);
	const [rejected] = await answersOf(other, { thenReject: true });
	assert.ok(rejected && !isAllocated(rejected) && rejected.kind === "rejected");
	assert.match(
		rejected.rejection.reason,
		/no worker fits \(capabilities build/,
	);
	const v1 = needs(1, "build");
	for (const { metadata } of v1.tickets) metadata.orchestrator_version = "V1";
	assert.deepEqual(kindsOf(await answersOf(held, {}, v1)), [
		"round_robin_fallback",
	]);
});

test("createAllocator: a task type that is held back waits, and gives its places back", async () => {
	const view = {
		workers: [workerOf("w-1", { slots: 100 })],
		source: "registry" as const,
		age_ms: 0,
	};
	const paused_types = { EXECUTE: pausedTo(0.5) };
	const { allocator, reservations } = schedulerOver({
		view: async () => ({ ...view, paused_types }),
	});
	const kinds = kindsOf(await allocator.allocate(needs(100)));
	const out = kinds.filter((kind) => kind === "intelligent_scheduler").length;
	assert.ok(out > 20 && out < 80, `${out}`);
	await eventually(
		() => reservations.holdings("p-1", "i-1").held.get("w-1") === out,
	);
});

test("createAllocator: V1 chooses no paused worker, by score or in turn, and waits for none", async () => {
	const held = workerOf("held", { ...build, paused: pausedTo(0) });
	const request = needs(4, "build");
	for (const { metadata } of request.tickets)
		metadata.orchestrator_version = "V1";
	for (const settings of [{}, { enabled: false }]) {
		const both = schedulerOver(workersAre([held, workerOf("free", build)]), {
			settings,
		});
		const chosen = await both.allocate(request);
		assert.deepEqual(
			[...new Set(chosen.map(({ agent_id }) => agent_id))],
			["free"],
		);
		const alone = schedulerOver(workersAre([held]), { settings });
		const without = await alone.allocate(request);
		assert.deepEqual(
			[...new Set(without.map(({ agent_id }) => agent_id))],
			[null],
		);
	}
});
