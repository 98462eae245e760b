import assert from "node:assert/strict";
import { test } from "node:test";
import type { AuditHead } from "../../src/domain/audit-chain.ts";
import type { AuditEnd } from "../../src/domain/plan-run.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import { eventually } from "../support/eventually.ts";
import { recordsOf, verify } from "../support/kept-trail.ts";
import { loseTask } from "../support/lost-task.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";
import {
	type Played,
	play,
	statusOf,
	untilCompleted,
	untilEnded,
} from "../support/played-plan.ts";

/** Temporal's RESET_REAPPLY_EXCLUDE_TYPE_UPDATE: no command comes again. */
const UPDATES = [2];

function headOf(plan: Played): AuditHead {
	return plan.document().audit_head as AuditHead;
}

test("audit trail: start, commands, compensation and end, each by whom and why; its head goes out with the frame", async (t) => {
	const plan = await play(t, "V2", { ticketMaxAttempts: 1 });
	await plan.answer("a");
	await plan.ask("pause", { reason: "lunch" });
	await plan.ask("resume", { actor: "bob" });
	await plan.answer("b");
	await untilCompleted(plan, 2);
	await plan.ask("cancel", { compensate: true });
	for (const count of [1, 2, 3]) {
		const undo = () =>
			plan.world.tickets.filter(({ task_type }) => task_type === "COMPENSATE");
		await eventually(() => undo().length >= count);
		const { ticket_id } = undo()[count - 1] ?? assert.fail();
		await report(plan.handle, [resultOf(ticket_id, "COMPLETED")]);
	}
	assert.equal(await untilEnded(plan), "CANCELLED");
	const { world, planId } = plan;
	const heads = world.frames.flatMap(({ audit_head }) => audit_head ?? []);
	assert.equal(heads[0]?.sequence, 5, "the end may still come out otherwise");
	assert.equal(headOf(plan).sequence, 6);
	assert.deepEqual(verify(world, planId, [...heads, headOf(plan)]), [
		"start",
		"pause",
		"resume",
		"cancel",
		"compensate",
		"end",
	]);
	const records = recordsOf(world, planId);
	assert.partialDeepStrictEqual(records[1], { actor: "ada", reason: "lunch" });
	assert.equal(records[2]?.actor, "bob");
	assert.equal(records[3]?.details.compensate, true);
	assert.equal(records[5]?.details.status, "CANCELLED");
	assert.equal(records[1]?.plan_hash, plan.document().plan_hash);
});

test("audit trail: goes on through reruns of an open and of a closed plan", async (t) => {
	const plan = await play(t, "V2");
	for (const task of ["a", "b"]) await plan.answer(task);
	await untilCompleted(plan, 2);
	await plan.rerun("b");
	for (const task of ["b", "c", "d"]) await plan.answer(task);
	await untilEnded(plan);
	await plan.rerun("d");
	await plan.answer("d");
	await untilEnded(plan);
	const heads = plan.world.frames.flatMap(({ audit_head }) => audit_head ?? []);
	assert.deepEqual(verify(plan.world, plan.planId, heads), [
		"start",
		"rerun",
		"end",
		"rerun",
		"end",
	]);
	assert.deepEqual(
		heads.map(({ sequence }) => sequence),
		[2, 4],
	);
});

test("audit trail: records of a task that was lost are superseded by those of the next try", async (t) => {
	const plan = await play(t, "V2");
	const { world, planId } = plan;
	await plan.answer("a");
	await eventually(() => plan.published().includes("c1"));
	await plan.ask("pause");
	await plan.ask("resume");
	await plan.ask("cancel");
	assert.equal(await untilEnded(plan), "CANCELLED");
	assert.equal(headOf(plan).sequence, 5);
	const lost = recordsOf(world, planId);

	// Back to before the commands, none of which comes again.
	const events = (await plan.handle.fetchHistory()).events ?? [];
	const accepted = events.findIndex(
		(event) => event.workflowExecutionUpdateAcceptedEventAttributes != null,
	);
	const before = events
		.slice(0, accepted - 1)
		.findLast((event) => event.workflowTaskCompletedEventAttributes != null);
	await loseTask(world.client, plan.handle, before, UPDATES);
	for (const task of ["b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.equal(plan.document().status, "SUCCESS", "the reset run's word");
	assert.deepEqual(verify(world, planId), ["start", "end"]);
	assert.equal(recordsOf(world, planId).length, lost.length);
});

test("audit trail: a first task that was lost leaves no trail of its own", async (t) => {
	const plan = await play(t, "V2");
	const { world, planId } = plan;
	const firstTask = async () =>
		(await plan.handle.fetchHistory()).events?.find(
			(event) => event.workflowTaskCompletedEventAttributes != null,
		);
	await eventually(async () => (await firstTask()) !== undefined);
	await eventually(() => recordsOf(world, planId).length === 1);
	const [lost] = recordsOf(world, planId);
	await loseTask(world.client, plan.handle, await firstTask(), UPDATES);
	for (const task of ["a", "b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.deepEqual(verify(world, planId), ["start", "end"]);
	const [kept] = recordsOf(world, planId);
	assert.equal(kept?.trail, lost?.trail);
	assert.notEqual(kept?.at, lost?.at, "it was done again");
});

test("audit trail: a corrected plan goes on where the rejected one has stopped", async (t) => {
	const world = await openWorld(t);
	const { client, taskQueue } = world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const decision = someDecision({ requires_human_review: true });
	const planId = decision.plan_id;
	const plan = planOf(planId, [{ id: "a" }]);
	const handle = client.workflow.getHandle(`orch-${planId}`);
	for (const round of [1, 2]) {
		const own = {
			...decision,
			decision_id: `${decision.decision_id}-${round}`,
		};
		assert.equal((await plans.startPlan(runInput(own, plan))).kind, "started");
		await eventually(
			async () =>
				(await plans.readPlan(planId))?.status === "AWAITING_APPROVAL",
		);
		const { details } = await plans.command(planId, "reject", {
			actor: "ada",
			reason: `no, ${round}`,
		});
		assert.equal(details.plan_hash, runInput(own, plan).plan_hash);
		await handle.result().catch(() => undefined);
	}
	const actions = verify(world, planId);
	const trails = recordsOf(world, planId).map(({ trail }) => trail);
	assert.equal(new Set(trails).size, 1);
	assert.deepEqual(
		actions.filter((action) => ["start", "reject", "end"].includes(action)),
		["start", "reject", "end", "start", "reject", "end"],
	);
});

test("audit trail: one that begins when Temporal has forgotten the one before names its last record", async (t) => {
	const world = await openWorld(t);
	const decision = someDecision();
	const former = { trail: 5, sequence: 9, hash: "f".repeat(64) };
	const input = runInput(decision, { plan_id: decision.plan_id, tasks: [] });
	const handle = await world.start({ ...input, former_audit_head: former });
	await assert.rejects(handle.result());
	const [first, second] = recordsOf(world, decision.plan_id);
	assert.deepEqual(
		[first?.sequence, first?.previous_hash, second?.previous_hash],
		[1, former.hash, first?.hash],
	);
});

test("audit trail: a run says where its trail ends and what of it has landed, open or closed", async (t) => {
	let isAway = false;
	const plan = await play(
		t,
		"V2",
		{},
		{
			documents: {
				async write() {
					if (isAway) throw new Error("mongodb is away");
				},
			},
		},
	);
	const { client, taskQueue } = plan.world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	const end = async () => await plan.handle.query<AuditEnd>("audit_end");
	await plan.answer("a");
	await eventually(async () => (await end()).landed !== null);
	isAway = true;
	await plan.ask("pause");
	await plan.ask("resume");
	const { head, landed } = await end();
	assert.deepEqual([head?.sequence, landed?.sequence], [3, 1]);
	assert.deepEqual(await plans.readRunHead(plan.planId), {
		state: "open",
		head: landed,
	});
	isAway = false;
	for (const task of ["b", "c", "d"]) await plan.answer(task);
	const { audit_head } = await plan.handle.result();
	assert.equal(audit_head.sequence, 4);
	const ended = { state: "ended", head: audit_head };
	assert.deepEqual(await plans.readRunHead(plan.planId), ended);
	assert.equal(await plans.readRunHead("nobody"), undefined);
	const listed = await eventually(async () => {
		for await (const some of plans.listRunHeads())
			for (const { plan_id, run } of some)
				if (plan_id === plan.planId && run.state === "ended") return run;
		return undefined;
	});
	assert.deepEqual(listed, ended);
});

test("audit trail: a run that was ended from outside vouches for what had landed", async (t) => {
	const plan = await play(t, "V2");
	const { client, taskQueue } = plan.world;
	const plans = createPlanClient({ client: () => client, taskQueue });
	await plan.answer("a");
	await eventually(() => recordsOf(plan.world, plan.planId).length === 1);
	await untilCompleted(plan, 1);
	await plan.handle.terminate("by hand");
	const run = await plans.readRunHead(plan.planId);
	assert.deepEqual([run?.state, run?.head?.sequence], ["cut-off", 1]);
});

test("audit trail: what MongoDB did not take goes along with the run until it does", async (t) => {
	let isAway = true;
	const taken: string[] = [];
	const plan = await play(
		t,
		"V2",
		{},
		{
			documents: {
				async write(writes) {
					if (isAway) throw new Error("mongodb is away");
					for (const { collection, _id } of writes)
						if (collection === "audit_trail") taken.push(_id);
				},
			},
		},
	);
	await plan.answer("a");
	await plan.ask("pause");
	await plan.ask("resume");
	for (const task of ["b", "c", "d"]) await plan.answer(task);
	await eventually(async () => (await statusOf(plan)) === "SUCCESS");
	assert.equal(taken.length, 0);
	isAway = false;
	await untilEnded(plan);
	assert.deepEqual(
		[...new Set(taken)].map((key) => Number(key.slice(-9))).toSorted(),
		[1, 2, 3, 4],
	);
});
