import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type HistoryCost, readHistoryCost } from "../../bench/history-cost.ts";
import type {
	OrchestratorVersion,
	RunPredictions,
} from "../../src/domain/plan-run.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import {
	openWorld,
	planOf,
	report,
	resultOf,
	type ShapeTask,
} from "../support/plan-world.ts";

// Counts, which do not depend on the machine, of what `npm run bench` measures (bench/README.md).

/** One task, the others side by side after it, one that collects them. */
function fanOut(taskCount: number): ShapeTask[] {
	const branches = Array.from({ length: taskCount - 2 }, (_, at) => `b${at}`);
	return [
		{ id: "split" },
		...branches.map((id) => ({ id, needs: ["split"] })),
		{ id: "join", needs: branches },
	];
}

function chain(taskCount: number): ShapeTask[] {
	return Array.from({ length: taskCount }, (_, at) => ({
		id: `s${at}`,
		needs: at === 0 ? [] : [`s${at - 1}`],
	}));
}

interface PlayedPlan {
	tasks: ShapeTask[];
	version: OrchestratorVersion;
	/** Tickets that are on Kafka before each signal, which answers all of them that are unanswered. */
	signals: readonly number[];
	predictions?: RunPredictions;
}

/** A machine that stalls sends a plan the long, durable way; of three plans one went the short way. */
async function leastCost(
	t: TestContext,
	plan: PlayedPlan,
): Promise<HistoryCost> {
	const costs = [await play(t, plan), await play(t, plan), await play(t, plan)];
	return costs.toSorted((a, b) => a.events - b.events)[0] as HistoryCost;
}

async function play(
	t: TestContext,
	{ tasks, version, signals, predictions }: PlayedPlan,
): Promise<HistoryCost> {
	const world = await openWorld(t);
	const decision = someDecision();
	const handle = await world.start({
		...runInput(decision, planOf(decision.plan_id, tasks)),
		orchestrator_version: version,
		...(predictions && { predictions }),
	});
	let answered = 0;
	for (const count of signals) {
		await eventually(() => world.tickets.length === count, 30_000);
		const open = world.tickets.slice(answered);
		answered = count;
		await report(
			handle,
			open.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
		);
	}
	assert.equal((await handle.result()).status, "SUCCESS");
	const cost = await readHistoryCost(world.client, handle.workflowId);
	t.diagnostic(JSON.stringify(cost));
	return cost;
}

test("cost of a plan: a 10-task fan-out (V1) whose results come together takes at most 3 workflow tasks", async (t) => {
	const plan = { tasks: fanOut(10), version: "V1", signals: [10] } as const;
	const cost = await leastCost(t, plan);
	const { workflowTasks, activities, events } = cost;
	assert.ok(workflowTasks <= 3, `${workflowTasks} workflow tasks`);
	assert.equal(activities, 0);
	assert.ok(events <= 16, `${events} events`);
	assert.equal(cost.markers, cost.localActivities);
});

test("cost of a plan: predictions add no event", async (t) => {
	const tasks = fanOut(10);
	const predictions: RunPredictions = {
		model: "m@1+2",
		ms: tasks.map(() => [500, 1_000, 2_000]),
	};
	const plan = { tasks, version: "V1", signals: [10], predictions } as const;
	const { events, markers, localActivities } = await leastCost(t, plan);
	assert.ok(events <= 16, `${events} events`);
	assert.equal(markers, localActivities);
});

test("cost of a plan: a hop of a chain under V2 takes one workflow task and at most 7 events", async (t) => {
	const costs: HistoryCost[] = [];
	for (const length of [4, 24]) {
		const signals = Array.from({ length }, (_, hop) => hop + 1);
		costs.push(
			await leastCost(t, { tasks: chain(length), version: "V2", signals }),
		);
	}
	const [short, long] = costs as [HistoryCost, HistoryCost];
	assert.ok((long.events - short.events) / 20 <= 7);
	assert.ok((long.workflowTasks - short.workflowTasks) / 20 <= 1);
	assert.equal(long.activities, 0);
});

for (const version of ["V1", "V2"] as const) {
	test(`cost of a plan: a fan-out of 1,000 (${version}) leaves few events and little in Temporal`, async (t) => {
		const signals = version === "V1" ? [1_000] : [1, 999, 1_000];
		const plan = { tasks: fanOut(1_000), version, signals };
		const { events, bytes } = await leastCost(t, plan);
		assert.ok(events <= 90, `${events} events`);
		assert.ok(bytes <= 524_288, `${bytes} bytes`);
	});
}
