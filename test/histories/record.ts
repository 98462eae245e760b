// Long because every scenario that is recorded stands in one list.
/**
 * Records one history a scenario for the replay test: `node test/histories/record.ts 9`, with the stack's
 * addresses in the environment, at the end of issue 9; names after the number record only those. The files
 * say what running plans of that build still need, so one that is there is never recorded again.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { WorkflowHandle } from "@temporalio/client";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { Allocator } from "../../activities/allocate-resources.ts";
import { createRedriveClient } from "../../src/dead-letters/redrive-client.ts";
import type { RunPredictions } from "../../src/domain/plan-run.ts";
import type { Allocation } from "../../src/domain/scheduling/allocation.ts";
import type { PolicyGate } from "../../src/plans/policy-ports.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import {
	closeWorkflowId,
	redriveWorkflowId,
} from "../../src/temporal/workflow-ids.ts";
import { bundlesOfOrder } from "../support/broken-order.ts";
import { redriveOf } from "../support/dead-letters.ts";
import { eventually } from "../support/eventually.ts";
import { allowed, denied, undecided } from "../support/governed-plan.ts";
import { workersAre } from "../support/known-workers.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import {
	openWorld,
	planOf,
	report,
	resultOf,
	runBundle,
	type World,
} from "../support/plan-world.ts";
import { predictorOf } from "../support/predictions.ts";
import { schedulerOver } from "../support/scheduler.ts";

const chain = [
	{ id: "a" },
	{ id: "b", needs: ["a"] },
	{ id: "c", needs: ["b"] },
];
const command = { actor: "ada", reason: "recorded" };
/** Of a chain. */
const predictions: RunPredictions = {
	model: "m@1+2",
	ms: [
		[500, 1_000, 2_000],
		[200, 400, 900],
		[1_500, 3_000, 7_000],
	],
};

const scenarios: Record<string, (world: World) => Promise<WorkflowHandle>> = {
	async "v1-success"(world) {
		const decision = someDecision();
		const handle = await world.start(
			runInput(decision, planOf(decision.plan_id, chain)),
		);
		await answer(world, handle, 3, () => "COMPLETED");
		return handle;
	},
	async "v2-success"(world) {
		const decision = someDecision();
		const handle = await world.start({
			...runInput(decision, planOf(decision.plan_id, chain)),
			orchestrator_version: "V2",
		});
		await answer(world, handle, 3, () => "COMPLETED");
		return handle;
	},
	async "v2-retry-compensation"(world) {
		const decision = someDecision();
		const handle = await world.start({
			...runInput(decision, planOf(decision.plan_id, chain)),
			orchestrator_version: "V2",
		});
		// a, b twice, then what undoes b and a.
		await answer(world, handle, 5, (index) =>
			index === 1 || index === 2 ? "FAILED" : "COMPLETED",
		);
		return handle;
	},
	async "v1-invalid"(world) {
		const decision = someDecision();
		return await world.start(
			runInput(decision, planOf(decision.plan_id, [{ id: "a", needs: ["a"] }])),
		);
	},
	async "v1-approved-paused-cancelled"(world) {
		const decision = someDecision({ requires_human_review: true });
		const handle = await world.start(
			runInput(decision, planOf(decision.plan_id, chain)),
		);
		await eventually(() =>
			handle.executeUpdate("approve", { args: [command] }),
		);
		await eventually(() => world.tickets.length === 3);
		for (const name of ["pause", "resume", "cancel"])
			await handle.executeUpdate(name, { args: [command] });
		return handle;
	},
	async "v1-rerun-of-closed-part"(world) {
		const decision = someDecision();
		const handle = await world.start(
			runInput(decision, planOf(decision.plan_id, chain)),
		);
		await answer(world, handle, 2, () => "COMPLETED");
		await eventually(() =>
			handle.executeUpdate("rerun", {
				args: [{ ...command, task_id: "b" }],
			}),
		);
		await eventually(() => world.tickets.length === 5);
		for (const { ticket_id } of world.tickets.slice(3))
			await report(handle, [resultOf(ticket_id, "COMPLETED")]);
		return handle;
	},
	async "v2-paused-priority"(world) {
		const decision = someDecision();
		const handle = await world.start({
			...runInput(decision, planOf(decision.plan_id, chain)),
			orchestrator_version: "V2",
		});
		await answer(world, handle, 1, () => "COMPLETED");
		await handle.executeUpdate("pause", { args: [command] });
		await handle.executeUpdate("priority", {
			args: [{ ...command, priority: "high" }],
		});
		await handle.executeUpdate("resume", { args: [command] });
		await eventually(() => world.tickets.length === 2);
		await answer(world, handle, 3, () => "COMPLETED");
		return handle;
	},
	async "v1-cancelled-by-temporal"(world) {
		const decision = someDecision();
		const handle = await world.start(
			runInput(decision, planOf(decision.plan_id, chain)),
		);
		await eventually(() => world.tickets.length === 3);
		await handle.cancel();
		return handle;
	},
	async "v1-wide"(world) {
		const decision = someDecision();
		const tasks = Array.from({ length: 900 }, (_, index) => ({
			id: `task-${index}`,
		}));
		const handle = await world.start(
			runInput(decision, planOf(decision.plan_id, tasks)),
		);
		await eventually(() => world.tickets.length === tasks.length);
		await report(
			handle,
			world.tickets.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
		);
		return handle;
	},
	async "v2-fell-back"(world) {
		const { sound, broken } = await bundlesOfOrder();
		runBundle(broken);
		await world.restartWorker();
		const decision = someDecision();
		const handle = await world.start({
			...runInput(decision, planOf(decision.plan_id, chain)),
			orchestrator_version: "V2",
		});
		await answer(world, handle, 3, () => "COMPLETED");
		runBundle(sound);
		return handle;
	},
	async "v1-routed"(world) {
		const decision = someDecision();
		const release = {
			...{ rollout_id: "r-1", deployment: "orchestrator", build: "b-2" },
			...({ arm: "candidate", weight: 25 } as const),
		};
		const handle = await world.start({
			...runInput(decision, planOf(decision.plan_id, chain)),
			routing: { split_revision: 1, version_weight: 10, release },
		});
		await answer(world, handle, 3, () => "COMPLETED");
		return handle;
	},
	async "closed-from-outside"(world) {
		const decision = someDecision();
		const { plan_id } = decision;
		const handle = await world.start(
			runInput(decision, planOf(plan_id, chain)),
		);
		await eventually(
			() => world.document("workflows", handle.workflowId).published_at,
		);
		// A run that is ended within a workflow task cannot be asked.
		await handle.query("get_status");
		await handle.terminate("recorded");
		const { client, taskQueue } = world;
		const plans = createPlanClient({ client: () => client, taskQueue });
		await eventually(() => plans.settleEnded(plan_id), 90_000);
		const { runId } = await handle.describe();
		return client.workflow.getHandle(closeWorkflowId(plan_id, runId));
	},
	async "v1-denied"(world) {
		const decision = someDecision();
		return await world.start(
			runInput(decision, planOf(decision.plan_id, chain)),
		);
	},
	async "v2-undecided-approved"(world) {
		const decision = someDecision({ requires_human_review: true });
		const handle = await world.start({
			...runInput(decision, planOf(decision.plan_id, chain)),
			orchestrator_version: "V2",
		});
		await eventually(() =>
			handle.executeUpdate("approve", { args: [command] }),
		);
		await answer(world, handle, 3, () => "COMPLETED");
		return handle;
	},
	async "v2-waited-for-worker"(world) {
		const decision = someDecision();
		const handle = await world.start({
			...runInput(decision, planOf(decision.plan_id, chain)),
			orchestrator_version: "V2",
		});
		await answer(world, handle, 3, () => "COMPLETED");
		return handle;
	},
	"v1-predicted": playPredicted,
	// The answer of policies has its patches.
	"v1-predicted-unmarked": playPredicted,
	async "v2-predicted-rerun"(world) {
		const decision = someDecision();
		const tasks = [...chain, { id: "d" }, { id: "e" }];
		const handle = await world.start({
			...runInput(decision, planOf(decision.plan_id, tasks)),
			orchestrator_version: "V2",
			predictions: {
				...predictions,
				ms: [...predictions.ms, [100, 9_000, 20_000], [1, 2, 3]],
			},
		});
		await answer(world, handle, 3, () => "COMPLETED");
		await eventually(() =>
			handle.executeUpdate("rerun", { args: [{ ...command, task_id: "d" }] }),
		);
		await answer(world, handle, 6, () => "COMPLETED");
		return handle;
	},
	async "redrive-of-two"({ client, taskQueue }) {
		// Nobody has these letters: what is recorded is the order of steps and timers.
		const request = redriveOf(["a.dlq:0:1", "a.dlq:0:2"], {
			rate_per_second: 0.5,
		});
		const redrives = createRedriveClient({ client: () => client, taskQueue });
		await redrives.start(request);
		return client.workflow.getHandle(redriveWorkflowId(request.redrive_id));
	},
};

/** What a scenario's world has beside the usual stand-ins. */
const worldOf: Record<string, () => Parameters<typeof openWorld>[1]> = {
	"v1-denied": () => ({ policy: { decide: async () => denied } }),
	"v2-undecided-approved": () => ({ policy: decideAfter(4) }),
	"v2-waited-for-worker": () => ({ allocator: waitOnce() }),
	"v1-predicted": () => ({ allocator: predicting() }),
	"v1-predicted-unmarked": () => ({ allocator: predicting() }),
	"v2-predicted-rerun": () => ({ allocator: predicting() }),
};

async function playPredicted(world: World): Promise<WorkflowHandle> {
	const decision = someDecision();
	const handle = await world.start({
		...runInput(decision, planOf(decision.plan_id, chain)),
		predictions,
	});
	await answer(world, handle, 3, () => "COMPLETED");
	return handle;
}

/** An allocator with a model. */
function predicting(): Allocator {
	const predictor = predictorOf(() => 2_000);
	const workers = workersAre([{ agent_id: "agent-1" }]);
	return schedulerOver(workers, { predictor }).allocator;
}

/** A gate that allows, but has no decision at every second of so many questions. */
function decideAfter(questions: number): PolicyGate {
	let asked = 0;
	return {
		async decide() {
			asked += 1;
			return asked <= questions && asked % 2 === 1 ? undecided : allowed;
		},
	};
}

/** An allocator that has no place for the first ticket of the second request. */
function waitOnce(): Allocator {
	const { allocator } = schedulerOver(workersAre([{ agent_id: "agent-1" }]));
	let asked = 0;
	return {
		...allocator,
		async allocate(request) {
			asked += 1;
			const wait = { reason: "full", capabilities: ["gpu"], able: 3, full: 3 };
			return asked === 2
				? request.tickets.map(() => ({ kind: "waiting", wait }) as Allocation)
				: await allocator.allocate(request);
		},
	};
}

async function answer(
	world: World,
	handle: WorkflowHandle,
	count: number,
	statusOf: (index: number) => "COMPLETED" | "FAILED",
): Promise<void> {
	for (let index = 0; index < count; index++) {
		await eventually(() => world.tickets.length > index);
		await report(handle, [
			resultOf(world.tickets[index]?.ticket_id ?? "", statusOf(index)),
		]);
	}
}

const root = path.resolve(import.meta.dirname, "../..");
const [issue = "", ...wanted] = process.argv.slice(2);
if (!/^\d+$/.test(issue)) throw new Error("name the issue: record.ts 9");
const folder = path.join(import.meta.dirname, issue);
mkdirSync(folder, { recursive: true });
for (const [name, play] of Object.entries(scenarios)) {
	const file = path.join(folder, `${name}.json`);
	if (existsSync(file)) continue;
	if (wanted.length > 0 && !wanted.includes(name)) continue;
	const endings: (() => unknown)[] = [];
	const world = await openWorld(
		{ after: (end) => void endings.push(end as () => unknown) },
		worldOf[name]?.(),
	);
	const handle = await play(world);
	await handle.result().catch(() => undefined);
	const history = historyToJSON(await handle.fetchHistory());
	// Stack traces name the machine's folders, which are nobody's business.
	writeFileSync(file, `${history.replaceAll(`${root}/`, "")}\n`);
	console.log(`recorded ${name}`);
	for (const end of endings.toReversed()) await end();
}
