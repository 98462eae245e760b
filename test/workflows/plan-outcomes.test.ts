import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import type { ActivityDeps } from "../../activities/index.ts";
import type { PlanRunInput } from "../../src/domain/plan-run.ts";
import type { PlanOutcome } from "../../src/domain/rollout/outcome.ts";
import { PLAN_OUTCOMES } from "../../src/domain/rollout/plan-outcome.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { denied } from "../support/governed-plan.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import {
	openWorld,
	planOf,
	report,
	resultOf,
	type ShapeTask,
	type World,
} from "../support/plan-world.ts";
import { metricValue, openMongo } from "../support/stores.ts";

const by = { actor: "ada", reason: "a test" };
const chain: ShapeTask[] = [{ id: "a" }, { id: "b", needs: ["a"] }];

interface Ending {
	deps?: Partial<ActivityDeps>;
	input?: (input: PlanRunInput) => PlanRunInput;
	tasks?: ShapeTask[];
	/** Brings the plan to its end. */
	play?(world: World, handle: WorkflowHandle): Promise<void>;
	expected: Partial<PlanOutcome>;
}

/** Answers the next ticket that nobody has answered. */
async function answer(
	world: World,
	handle: WorkflowHandle,
	...statuses: ("COMPLETED" | "FAILED")[]
): Promise<void> {
	for (const [index, status] of statuses.entries()) {
		await eventually(() => world.tickets.length > index);
		const { ticket_id } = world.tickets[index] ?? assert.fail();
		await report(handle, [resultOf(ticket_id, status)]);
	}
}

const asked = (input: PlanRunInput): PlanRunInput => ({
	...input,
	decision: { ...input.decision, requires_human_review: true },
});
const update = async (handle: WorkflowHandle, name: string) =>
	void (await eventually(() => handle.executeUpdate(name, { args: [by] })));

const endings: Record<string, Ending> = {
	success: {
		play: (world, handle) => answer(world, handle, "COMPLETED", "COMPLETED"),
		expected: {
			...{ status: "SUCCESS", failure_class: null, counts: true },
			...{ predicted_ms: 2_000, sla_missed: false },
		},
	},
	failed: {
		tasks: [{ id: "a" }],
		// The last one undoes what may have been done.
		play: (world, handle) =>
			answer(world, handle, "FAILED", "FAILED", "COMPLETED"),
		expected: { status: "FAILED", failure_class: "tickets_failed" },
	},
	partial: {
		tasks: [{ id: "a" }, { id: "b" }],
		// The last two: b's second attempt, and what undoes a.
		play: (world, handle) =>
			answer(world, handle, "COMPLETED", "FAILED", "FAILED", "COMPLETED"),
		expected: { status: "PARTIAL", failure_class: "tickets_failed" },
	},
	"timed out": {
		tasks: [{ id: "a" }],
		async play(world, handle) {
			await eventually(() => world.tickets.length === 2);
			const [, undo] = world.tickets;
			await report(handle, [resultOf(undo?.ticket_id ?? "", "COMPLETED")]);
		},
		input: (input) => ({
			...input,
			settings: { ...input.settings, planMaxDurationMs: 500 },
		}),
		expected: { status: "FAILED", failure_class: "timed_out", counts: true },
	},
	invalid: {
		tasks: [{ id: "a", needs: ["a"] }],
		expected: {
			...{ status: "INVALID", failure_class: "plan_invalid" },
			...{ counts: false, predicted_ms: null },
		},
	},
	denied: {
		deps: { policy: { decide: async () => denied } },
		expected: { failure_class: "plan_denied", counts: false },
	},
	rejected: {
		input: asked,
		play: (_, handle) => update(handle, "reject"),
		expected: {
			...{ status: "REJECTED", failure_class: "rejected", counts: false },
		},
	},
	expired: {
		input: (input) => ({
			...asked(input),
			settings: { ...input.settings, approvalTimeoutMs: 300 },
		}),
		expected: { status: "EXPIRED", failure_class: "approval_expired" },
	},
	cancelled: {
		async play(world, handle) {
			await eventually(() => world.tickets.length > 0);
			await update(handle, "cancel");
		},
		expected: { failure_class: "cancelled", counts: false },
	},
};

/** The first write of each; on a full machine the same one is tried again. */
const outcomesIn = (world: World) =>
	[
		...Map.groupBy(
			world.writes.filter(({ collection }) => collection === PLAN_OUTCOMES),
			({ _id }) => _id,
		).values(),
	].map(([first]) => first);

async function start(t: TestContext, ending: Ending) {
	const world = await openWorld(t, ending.deps);
	const decision = someDecision();
	const tasks = ending.tasks ?? chain;
	const input: PlanRunInput = {
		...runInput(decision, planOf(decision.plan_id, tasks)),
		routing: { split_revision: 7, version_weight: 20 },
	};
	const handle = await world.start(ending.input?.(input) ?? input);
	const { runId } = await handle.describe();
	return { world, handle, runId };
}

for (const [name, ending] of Object.entries(endings))
	test(`outcome: ${name}, written once with the plan's last documents`, async (t) => {
		const { world, handle, runId } = await start(t, ending);
		await ending.play?.(world, handle);
		await handle.result().catch(() => undefined);
		const [write, ...more] = outcomesIn(world);
		assert.deepEqual(more, []);
		assert.equal(write?._id, runId);
		assert.partialDeepStrictEqual(write?.fields, {
			...{ plan_id: handle.workflowId.slice(5), run_id: runId },
			...{ version_assigned: "V1", version_ran: "V1", version_weight: 20 },
			...{ routing_revision: 7, build_ran: null, deployment: null },
			...ending.expected,
		});
		const counted = ending.expected.counts === false ? "excluded" : undefined;
		if (counted !== undefined)
			assert.equal(
				await metricValue(world.metrics, "orchestration_plan_outcomes_total", {
					outcome: counted,
					arm: "none",
					orchestrator_version: "V1",
				}),
				1,
			);
	});

test("outcome: pauses and the wait for a person are no time in which somebody works", async (t) => {
	const { world, handle } = await start(t, { input: asked, expected: {} });
	await new Promise((resolve) => setTimeout(resolve, 400));
	await update(handle, "approve");
	await eventually(() => world.tickets.length === 2);
	await update(handle, "pause");
	await new Promise((resolve) => setTimeout(resolve, 400));
	await update(handle, "resume");
	await answer(world, handle, "COMPLETED", "COMPLETED");
	await handle.result();
	const outcome = outcomesIn(world)[0]?.fields as unknown as PlanOutcome;
	const heldMs = outcome.duration_ms - outcome.active_ms;
	assert.ok(heldMs >= 800, `${heldMs}`);
});

test("outcome: a worker that is lost in between writes no second one", async (t) => {
	const { world, handle } = await start(t, { expected: {} });
	await answer(world, handle, "COMPLETED");
	await world.restartWorker();
	await answer(world, handle, "COMPLETED", "COMPLETED");
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.equal(outcomesIn(world).length, 1);
});

test("outcome: a rerun of the closed plan is another chain, compared with nothing; the first one stays", async (t) => {
	const { world, handle, runId } = await start(t, { expected: {} });
	await answer(world, handle, "COMPLETED", "COMPLETED");
	await handle.result();
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	await plans.command(handle.workflowId.slice(5), "rerun", {
		...{ ...by, task_id: "b" },
	});
	await eventually(() => world.tickets.length === 3);
	const again = client.workflow.getHandle(handle.workflowId);
	const { ticket_id } = world.tickets[2] ?? assert.fail();
	await report(again, [resultOf(ticket_id, "COMPLETED")]);
	await again.result();
	const [first, second, ...more] = outcomesIn(world);
	assert.deepEqual(more, []);
	assert.equal(first?._id, runId);
	assert.notEqual(second?._id, runId);
	assert.partialDeepStrictEqual(second?.fields, {
		...{ status: "SUCCESS", version_weight: null, routing_revision: null },
	});
});

test("outcome: of a run ended from outside, by whoever closes its plan, once", async (t) => {
	const { world, handle, runId } = await start(t, { expected: {} });
	await eventually(
		() => world.document("workflows", handle.workflowId).published_at,
	);
	// A run that is ended within a workflow task cannot be asked, and is closed a minute later.
	await handle.query("get_status");
	await handle.terminate("a test");
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	await eventually(() => plans.settleEnded(handle.workflowId.slice(5)), 90_000);
	await plans.settleEnded(handle.workflowId.slice(5));
	const [write, ...more] = outcomesIn(world);
	assert.deepEqual(more, []);
	assert.equal(write?._id, runId);
	assert.partialDeepStrictEqual(write?.fields, {
		...{ status: "FAILED", failure_class: "run_ended", counts: true },
		...{ version_weight: 20, routing_revision: 7, risk_band: "low" },
	});
});

test("outcome: what is stored is never changed, and says when its write was tried", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createDocumentStore(mongo);
	let tries = 0;
	const documents = {
		async write(writes: Parameters<typeof store.write>[0]) {
			await store.write(writes);
			if (!writes.some(({ collection }) => collection === PLAN_OUTCOMES))
				return;
			tries += 1;
			// It is stored, and nobody learns of it.
			if (tries < 3) throw new OrchestratorError("STORE_UNAVAILABLE", "away");
		},
	};
	const { world, handle, runId } = await start(t, {
		deps: { documents },
		expected: {},
	});
	const read = () =>
		mongo.run({ collection: PLAN_OUTCOMES, name: "test" }, (target) =>
			target.find({}).toArray(),
		);
	await answer(world, handle, "COMPLETED", "COMPLETED");
	const [first] = await eventually(async () => {
		const found = await read();
		return found.length > 0 && found;
	});
	await handle.result();
	assert.equal(tries, 3);
	assert.deepEqual(await read(), [first]);
	assert.equal(first?._id, runId);
	assert.ok(first?.recorded_at >= first?.ended_at);
});
