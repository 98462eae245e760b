import assert from "node:assert/strict";
import { test } from "node:test";
import { isAllocated } from "../../src/domain/scheduling/allocation.ts";
import { createBursts } from "../../src/scheduling/bursts.ts";
import { wireTicketOf } from "../support/allocations.ts";
import { eventually } from "../support/eventually.ts";
import { workersAre } from "../support/known-workers.ts";
import { schedulerOver } from "../support/scheduler.ts";
import { metricValue } from "../support/stores.ts";
import { workerOf } from "../support/workers.ts";

const NOW = 1_000_000;

function openBursts(rules = { factor: 1.5, holdMs: 1_000 }) {
	const told: string[] = [];
	const bursts = createBursts(rules, {
		burstBegan: (type) => void told.push(`${type} began`),
		burstIsOn: (type, isOn) => void told.push(`${type} ${isOn ? "on" : "off"}`),
	});
	return { bursts, told };
}

test("bursts: on for a saturated task type alone, counted once, until it was not saturated for a while", () => {
	const { bursts, told } = openBursts();
	assert.deepEqual(bursts.use(["BUILD"], NOW), []);
	bursts.saturated(["BUILD", "BUILD"], NOW);
	assert.deepEqual(bursts.use(["BUILD", "TEST"], NOW + 500), ["BUILD"]);
	bursts.saturated(["BUILD"], NOW + 900);
	assert.deepEqual(bursts.use(["BUILD"], NOW + 1_899), ["BUILD"]);
	assert.deepEqual(bursts.use(["BUILD"], NOW + 1_900), []);
	assert.deepEqual(told, ["BUILD began", "BUILD on"]);
});

test("bursts: ends by itself, also when nobody asks any more", async () => {
	const { bursts, told } = openBursts({ factor: 1.5, holdMs: 30 });
	bursts.saturated(["BUILD"], NOW);
	bursts.use(["BUILD"], NOW);
	await eventually(() => told.includes("BUILD off"));
});

test("bursts: a factor of 1 is none", () => {
	const { bursts } = openBursts({ factor: 1, holdMs: 1_000 });
	bursts.saturated(["BUILD"], NOW);
	assert.deepEqual(bursts.use(["BUILD"], NOW), []);
});

test("createAllocator: a saturated task type has more places for plans that policy gives burst capacity, and only for them", async () => {
	const { allocate, reservations, metrics } = schedulerOver(
		workersAre([workerOf("w-1", { slots: 5 })]),
		{ settings: { burst: { factor: 1.5, holdMs: 60_000 } } },
	);
	let made = 0;
	const ask = (count: number, more: { burst?: true } = {}) =>
		allocate({
			plan_id: "p-1",
			tickets: Array.from({ length: count }, () => {
				made += 1;
				return wireTicketOf({ ticket_id: `t-${made}` });
			}),
			...more,
		});
	const held = () => reservations.holdings("p-1", "i-1").held.get("w-1");
	await ask(12);
	await reservations.refresh();
	assert.equal(held(), 10);
	const plain = await ask(3);
	assert.ok(plain.every(({ overflow }) => overflow));
	const burst = await ask(8, { burst: true });
	assert.equal(burst.filter(({ overflow }) => overflow).length, 3);
	await reservations.refresh();
	assert.equal(held(), 15);
	for (const [name, value] of [
		["orchestration_burst_capacity_activations_total", 1],
		["orchestration_burst_capacity_tickets_total", 8],
		["orchestration_burst_capacity_active", 1],
	] as const)
		assert.equal(
			await metricValue(metrics, name, { task_type: "EXECUTE" }),
			value,
			name,
		);
});

test("createAllocator: a ticket that waits in a burst is counted once, when it goes out", async () => {
	const { allocator, reservations, metrics } = schedulerOver(
		workersAre([workerOf("w-1", { slots: 1 })]),
		{
			settings: {
				...{ queueFactor: 1, routing: { groupId: "g" } },
				burst: { factor: 2, holdMs: 60_000 },
			},
		},
	);
	const ask = async (...ids: string[]) => {
		const tickets = ids.map((ticket_id) => wireTicketOf({ ticket_id }));
		const more = { plan_id: "p-1", burst: true as const };
		const answers = await allocator.allocate({ ...more, tickets });
		return answers.filter(isAllocated).length;
	};
	const counted = () =>
		metricValue(metrics, "orchestration_burst_capacity_tickets_total", {
			task_type: "EXECUTE",
		});
	assert.equal(await ask("a", "b"), 1);
	assert.equal(await ask("b", "c"), 1);
	assert.equal(await ask("c"), 0);
	assert.equal(await ask("c"), 0);
	assert.equal(await counted(), 1);
	reservations.ended([{ ticket_id: "a", agent_id: "w-1" }]);
	await eventually(async () => (await ask("c")) === 1);
	assert.equal(await counted(), 2);
});

test("createAllocator: a plan that policy gives auto-scaling shows how many workers its saturated task type would need", async () => {
	const wanted = async (more: { scaling?: true }, holdMs = 60_000) => {
		const { allocate, metrics } = schedulerOver(
			workersAre(["w-1", "w-2"].map((id) => workerOf(id, { slots: 1 }))),
			{ settings: { burst: { factor: 1, holdMs } } },
		);
		await allocate({
			plan_id: "p-1",
			tickets: [1, 2, 3, 4, 5, 6, 7].map((made) =>
				wireTicketOf({ ticket_id: `t-${made}` }),
			),
			...more,
		});
		return () =>
			metricValue(metrics, "orchestration_workers_wanted", {
				task_type: "EXECUTE",
			});
	};
	// Two workers with two places each: three tickets need two more.
	assert.equal(await (await wanted({ scaling: true }))(), 4);
	assert.equal(await (await wanted({}))(), 0);
	const soonOver = await wanted({ scaling: true }, 20);
	await eventually(async () => (await soonOver()) === 0);
});
