import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import type {
	DecisionSummary,
	OrchestratorVersion,
	TicketResult,
} from "../../src/domain/plan-run.ts";
import { attemptId } from "../../src/domain/ticket-ids.ts";
import { eventually } from "../support/eventually.ts";
import { loseTask } from "../support/lost-task.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

const person = { actor: "ada", reason: "looked at" };
const chain = [{ id: "a" }, { id: "b", needs: ["a"] }];

interface Shown {
	status: string;
	tickets_completed: number;
	results_unknown: number;
	stray_results: { kind: string }[];
}

/** A plan of a before b; whoever knows its id can work out those of its tickets. */
async function openChain(
	t: TestContext,
	version: OrchestratorVersion,
	changes: Partial<DecisionSummary> = {},
) {
	const world = await openWorld(t);
	const decision = someDecision(changes);
	const planId = decision.plan_id;
	const handle = await world.start({
		...runInput(decision, planOf(planId, chain)),
		orchestrator_version: version,
		received_at_ms: Date.now(),
	});
	const shown = () => handle.query<Shown>("plan");
	return {
		world,
		handle,
		shown,
		idOf: (taskId: string, generation = 1) =>
			attemptId({
				planId,
				taskId,
				generation,
				attempt: 1,
				compensation: false,
			}),
		waiting: () =>
			eventually(async () => (await shown()).status === "AWAITING_APPROVAL"),
		approve: () => handle.executeUpdate("approve", { args: [person] }),
		answered: async (task: string) => {
			const find = () => world.tickets.find(({ task_id }) => task_id === task);
			await eventually(() => find() !== undefined);
			await report(handle, [resultOf(find()?.ticket_id ?? "", "COMPLETED")]);
		},
	};
}

for (const version of ["V1", "V2"] as const)
	test(`results before approval (${version}): nothing is believed, everything is executed`, async (t) => {
		const { world, handle, shown, idOf, waiting, approve, answered } =
			await openChain(t, version, { requires_human_review: true });
		await waiting();
		const claims = ["a", "b"].map((task) => resultOf(idOf(task), "COMPLETED"));
		await report(handle, claims);
		await approve();
		await eventually(() => world.tickets.length > 0);
		// What lay on the retry topic meanwhile.
		const lain = claims.map((claim) => ({ ...claim, retried: true as const }));
		await report(handle, lain);
		await eventually(async () => (await shown()).results_unknown >= 3);
		assert.equal((await shown()).tickets_completed, 0);
		await answered("a");
		await answered("b");
		assert.equal((await handle.result()).status, "SUCCESS");
		const { results_unknown, stray_results } = await shown();
		assert.equal(results_unknown, 4);
		assert.ok(stray_results.every(({ kind }) => kind === "early"));
	});

test("results before approval: a flood of them is counted, and none is kept", async (t) => {
	const { handle, shown, idOf, waiting } = await openChain(t, "V1", {
		requires_human_review: true,
	});
	await waiting();
	const output = { log: "x".repeat(1_000) };
	const claims = Array.from({ length: 500 }, () =>
		resultOf(idOf("a"), "COMPLETED", { output }),
	);
	for (let signal = 0; signal < 6; signal++) await report(handle, claims);
	await eventually(async () => (await shown()).results_unknown === 3_000);
	assert.equal((await shown()).stray_results.length, 100);
	await handle.terminate("a test");
	const { carried } = await handle.query<
		{ carried: { inbox: TicketResult[] } | undefined },
		[object]
	>("rerun_state", { task_id: "a", landed: false });
	assert.equal(carried, undefined, "there is nothing to go on with");
});

test("an approved plan whose first tickets went out with a lost workflow task: their results count", async (t) => {
	const { world, handle, shown, waiting, approve, answered } = await openChain(
		t,
		"V1",
		{ requires_human_review: true },
	);
	await waiting();
	await approve();
	await answered("a");
	await answered("b");
	assert.equal((await handle.result()).status, "SUCCESS");
	const events = (await handle.fetchHistory()).events ?? [];
	const accepted = events.findIndex(
		(event) => event.workflowExecutionUpdateAcceptedEventAttributes != null,
	);
	// The approval is in the history before anything of it is published.
	const publishing = await publishingTask(handle, accepted);
	const again = await loseTask(world.client, handle, publishing);
	assert.equal((await again.result()).status, "SUCCESS");
	assert.equal((await shown()).results_unknown, 0);
	assert.deepEqual(
		world.tickets.map(({ task_id }) => task_id),
		["a", "b", "a", "b"],
	);
});

/** The end of the workflow task after the one that heard the approval. */
async function publishingTask(handle: WorkflowHandle, accepted: number) {
	const events = (await handle.fetchHistory()).events ?? [];
	const timer = events.findIndex(
		(event, at) => at > accepted && event.timerFiredEventAttributes != null,
	);
	assert.notEqual(timer, -1);
	const tasks = events.filter(
		(event) => event.workflowTaskCompletedEventAttributes != null,
	);
	const before = tasks.filter((event) => events.indexOf(event) < timer);
	assert.ok(before.some((event) => events.indexOf(event) < accepted + 1));
	const published = events.slice(0, timer).some((event) => {
		const details = event.markerRecordedEventAttributes?.details?.data;
		const text = details?.payloads?.[0]?.data;
		return String(text ?? "").includes("dispatchTickets");
	});
	assert.equal(published, false);
	return tasks.find((event) => events.indexOf(event) > timer);
}

test("a rerun: what was said of its tickets before it was asked for is not believed", async (t) => {
	const { world, handle, shown, idOf, answered } = await openChain(t, "V1");
	await eventually(() => world.tickets.length === 2);
	const claim = resultOf(idOf("b", 2), "COMPLETED", {
		received_at_ms: Date.now() - 60_000,
	});
	await report(handle, [claim]);
	await answered("a");
	await eventually(async () => (await shown()).tickets_completed === 1);
	await handle.executeUpdate("rerun", {
		args: [{ ...person, task_id: "b" }],
	});
	await eventually(() => world.tickets.length === 3);
	assert.equal(world.tickets[2]?.ticket_id, claim.ticket_id);
	await eventually(async () =>
		(await shown()).stray_results.some(({ kind }) => kind === "early"),
	);
	assert.equal((await shown()).tickets_completed, 1);
	await report(handle, [resultOf(claim.ticket_id, "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
});

test("V2: who claims everything at once gets every ticket published all the same", async (t) => {
	const { world, handle, idOf } = await openChain(t, "V2");
	await eventually(() => world.tickets.length === 1);
	await report(
		handle,
		["b", "a"].map((task) => resultOf(idOf(task), "COMPLETED")),
	);
	assert.equal((await handle.result()).status, "SUCCESS");
	assert.deepEqual(
		world.tickets.map(({ task_id }) => task_id),
		["a", "b"],
	);
});

test("a plan that is still read from the ledger has no results", async (t) => {
	const decision = someDecision();
	const ledger = Promise.withResolvers<void>();
	const world = await openWorld(t, {
		ledger: {
			async readPlan(planId) {
				await ledger.promise;
				return planOf(planId, chain);
			},
		},
	});
	const handle = await world.start(runInput(decision, null));
	const planId = decision.plan_id;
	const [a, b] = ["a", "b"].map((taskId) =>
		attemptId({
			planId,
			taskId,
			generation: 1,
			attempt: 1,
			compensation: false,
		}),
	) as [string, string];
	for (let signal = 0; signal < 3; signal++) {
		await report(handle, [resultOf(a, "COMPLETED")]);
		// Each is heard by a workflow task of its own.
		await handle.query("plan");
	}
	await eventually(async () => {
		const { results_unknown } = await handle.query<Shown>("plan");
		return results_unknown === 2;
	});
	ledger.resolve();
	await eventually(() => world.tickets.length === 2);
	await report(handle, [resultOf(b, "COMPLETED"), resultOf(a, "COMPLETED")]);
	assert.equal((await handle.result()).status, "SUCCESS");
});
