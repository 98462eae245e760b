import assert from "node:assert/strict";
import { test } from "node:test";
import type { DocumentWrite } from "../../src/domain/documents.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { planOf, report, resultOf } from "../support/plan-world.ts";
import {
	play,
	statusOf,
	untilCompleted,
	untilEnded,
} from "../support/played-plan.ts";

for (const version of ["V1", "V2"] as const) {
	test(`rerun (${version}): of an open plan, beside a sibling that runs; old results have no effect`, async (t) => {
		const plan = await play(t, version);
		await plan.answer("a");
		const old = await plan.answer("b");
		await untilCompleted(plan, 2);
		assert.equal(await plan.rerun("b"), "2 tickets run again");
		await plan.answer("b");
		await report(plan.handle, [resultOf(old, "FAILED")]);
		await plan.answer("c");
		const stale = version === "V1" ? await plan.answer("d") : undefined;
		assert.equal(await statusOf(plan), "RUNNING", stale);
		await plan.answer("d");
		assert.equal(await untilEnded(plan), "SUCCESS");
		const expected = {
			V1: ["a1", "b1", "c1", "d1", "b2", "d2"],
			V2: ["a1", "b1", "c1", "b2", "d2"],
		}[version];
		assert.deepEqual(plan.published(), expected);
		const { stray_results, results_late } = plan.document() as {
			stray_results: { ticket_id: string; kind: string }[];
			results_late: number;
		};
		assert.equal(results_late, version === "V1" ? 2 : 1);
		assert.equal(stray_results[0]?.kind, "superseded");
		assert.equal(stray_results[0]?.ticket_id, old);
		const replaced = plan.world.document("execution_tickets", old);
		const next = plan.world.tickets.find(
			({ task_id, metadata }) => task_id === "b" && metadata.generation === "2",
		);
		assert.equal(replaced.superseded_by, next?.ticket_id);
		assert.equal(replaced.status, "COMPLETED", "what it did stays");
	});

	test(`rerun (${version}): of a closed plan, twice; what is not rerun is carried over`, async (t) => {
		const plan = await play(t, version);
		for (const task of ["a", "b", "c", "d"]) await plan.answer(task);
		assert.equal(await untilEnded(plan), "SUCCESS");
		const first = plan.document();
		for (const generation of [2, 3]) {
			assert.equal(await plan.rerun("b"), "2 tickets run again");
			assert.equal(await statusOf(plan), "RUNNING");
			// What the worker knew is replayed.
			if (generation === 2) await plan.world.restartWorker();
			await plan.answer("b");
			await plan.answer("d");
			assert.equal(await untilEnded(plan), "SUCCESS");
			assert.deepEqual(plan.published().slice(-2), [
				`b${generation}`,
				`d${generation}`,
			]);
		}
		assert.equal(plan.published().length, 8);
		const last = plan.document();
		assert.equal(last.created_at, first.created_at);
		assert.notEqual(last.run_id, first.run_id);
		assert.equal(last.tickets_completed, 4);
		assert.deepEqual(
			(last.commands as { command: string }[]).map(({ command }) => command),
			["rerun", "rerun"],
		);
		assert.equal(plan.world.frames.length, 3);
		assert.equal(
			new Set(plan.world.frames.map(({ frame_id }) => frame_id)).size,
			3,
		);
	});
}

test("rerun: after a plan that failed and was undone, what failed and what was undone runs again", async (t) => {
	const plan = await play(t, "V2", { ticketMaxAttempts: 1 });
	await plan.answer("a");
	await plan.answer("b", "FAILED");
	await plan.answer("c");
	// b and nothing else is undone: c rests on a.
	const undo = () =>
		plan.world.tickets.find(({ task_type }) => task_type === "COMPENSATE");
	await eventually(() => undo() !== undefined);
	await report(plan.handle, [resultOf(undo()?.ticket_id ?? "", "COMPLETED")]);
	assert.equal(await untilEnded(plan), "PARTIAL");
	await assert.rejects(plan.rerun("d"), /rests on b.*rerun b/);
	await plan.rerun("b");
	await plan.answer("b");
	await plan.answer("d");
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.equal(plan.document().tickets_completed, 4);
	assert.equal(plan.document().error_message, null);
});

test("rerun: one that fails again is undone, and what was undone before is not undone twice", async (t) => {
	const plan = await play(t, "V2", { ticketMaxAttempts: 1 });
	const undone = () =>
		plan.world.tickets.filter(({ task_type }) => task_type === "COMPENSATE");
	for (const round of [1, 2]) {
		if (round === 1) {
			await plan.answer("a");
			await plan.answer("c");
		} else await plan.rerun("b");
		await plan.answer("b", "FAILED");
		await eventually(() => undone().length === round);
		await report(plan.handle, [
			resultOf(undone().at(-1)?.ticket_id ?? "", "COMPLETED"),
		]);
		assert.equal(await untilEnded(plan), "PARTIAL");
	}
	assert.equal(new Set(undone().map(({ ticket_id }) => ticket_id)).size, 2);
	assert.equal(plan.world.incidents.length, 2);
});

test("rerun: what could not be undone is not undone again: a person was told", async (t) => {
	const plan = await play(t, "V2", { ticketMaxAttempts: 1 });
	const undone = () =>
		plan.world.tickets.filter(({ task_type }) => task_type === "COMPENSATE");
	await plan.answer("a");
	await plan.answer("c");
	await plan.answer("b", "FAILED");
	await eventually(() => undone().length === 1);
	await report(plan.handle, [resultOf(undone()[0]?.ticket_id ?? "", "FAILED")]);
	assert.equal(await untilEnded(plan), "PARTIAL");
	await plan.rerun("c");
	await plan.answer("c");
	assert.equal(await untilEnded(plan), "PARTIAL");
	assert.equal(undone().length, 1);
});

test("rerun: the same key again is the same answer, also once the run has closed; another command under it is refused", async (t) => {
	const plan = await play(t, "V2");
	for (const task of ["a", "b", "c", "d"]) await plan.answer(task);
	await untilEnded(plan);
	const answers = await Promise.all([
		plan.rerun("d", "k"),
		plan.rerun("d", "k"),
	]);
	assert.deepEqual(answers, ["1 ticket runs again", "1 ticket runs again"]);
	await assert.rejects(plan.rerun("c", "k"), {
		code: "IDEMPOTENCY_KEY_REUSED",
	});
	await plan.answer("d");
	await untilEnded(plan);
	assert.equal(await plan.rerun("d", "k"), "1 ticket runs again");
	await assert.rejects(plan.rerun("c", "k"), {
		code: "IDEMPOTENCY_KEY_REUSED",
	});
	assert.deepEqual(plan.published(), ["a1", "b1", "c1", "d1", "d2"]);
});

test("rerun: of a plan that has ended while its documents wait for MongoDB, which is one run", async (t) => {
	let isAway = false;
	const lines: DocumentWrite[] = [];
	const plan = await play(
		t,
		"V2",
		{},
		{
			documents: {
				async write(writes) {
					if (isAway) throw new Error("mongodb is away");
					lines.push(...writes);
				},
			},
		},
	);
	for (const task of ["a", "b", "c"]) await plan.answer(task);
	isAway = true;
	await plan.answer("d");
	await eventually(async () => (await statusOf(plan)) === "SUCCESS");
	assert.equal(await plan.rerun("b"), "2 tickets run again");
	await plan.answer("b");
	await plan.answer("d");
	await eventually(async () => (await statusOf(plan)) === "SUCCESS");
	isAway = false;
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.equal(plan.world.frames.length, 2);
	const results = lines.filter(
		({ collection }) => collection === "workflow_results",
	);
	assert.equal(new Set(results.map(({ _id }) => _id)).size, 2, "one a round");
	assert.equal((await plan.handle.describe()).runId, plan.firstRunId);
});

test("rerun: of a run that was terminated goes on with what it knew", async (t) => {
	const plan = await play(t, "V2");
	await plan.answer("a");
	await plan.answer("b");
	await eventually(() => plan.published().includes("c1"));
	await untilCompleted(plan, 2);
	await plan.handle.terminate("a test");
	assert.equal(await plan.rerun("b"), "2 tickets run again");
	await plan.answer("b");
	await plan.answer("c");
	await plan.answer("d");
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.deepEqual(plan.published(), ["a1", "b1", "c1", "b2", "d2"]);
});

test("rerun: of a run that was terminated while it undid its work rests on nothing that may be undone", async (t) => {
	const plan = await play(t, "V2");
	for (const task of ["a", "b"]) await plan.answer(task);
	await untilCompleted(plan, 2);
	await plan.ask("cancel", { compensate: true });
	// Undone in this order: c and b, then a.
	const undoing = () =>
		plan.world.tickets.filter(({ task_type }) => task_type === "COMPENSATE");
	await eventually(() => undoing().length >= 2);
	await report(
		plan.handle,
		undoing().map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
	);
	await eventually(() => undoing().length === 3);
	const { ticket_id } = undoing()[2] ?? assert.fail();
	const ids = [ticket_id];
	await eventually(async () => {
		const [ticket] = await plan.handle.query<
			{ published_at: number | null }[],
			[object]
		>("tickets", { ids });
		return ticket?.published_at != null;
	});
	await plan.handle.terminate("a test");
	await assert.rejects(plan.rerun("b"), /rests on a.*rerun a/);
	assert.equal(await plan.rerun("a"), "4 tickets run again");
	await eventually(() => plan.published().includes("a2"));
	await plan.ask("cancel");
	assert.equal(await untilEnded(plan), "CANCELLED");
});

test("rerun: a plan of which nothing was published takes none, an unknown task neither", async (t) => {
	const plan = await play(t, "V2");
	await eventually(() => plan.published().length === 1);
	await assert.rejects(plan.rerun("z"), /no task z/);
	await assert.rejects(plan.rerun("b"), /first time/);
	const decision = someDecision();
	const invalid = await plan.world.start(
		runInput(decision, planOf(decision.plan_id, [{ id: "a", needs: ["a"] }])),
	);
	await invalid.result().catch(() => undefined);
	const { client, taskQueue } = plan.world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	await assert.rejects(
		plans.command(decision.plan_id, "rerun", {
			actor: "ada",
			reason: "x",
			task_id: "a",
		}),
		(error: { code: string; details: { allowed: string[] } }) =>
			error.code === "COMMAND_REFUSED" && error.details.allowed.length === 0,
	);
});
