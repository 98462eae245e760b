import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import { readApprovalAnswer } from "../../src/domain/read-approval-answer.ts";
import { eventually } from "../support/eventually.ts";
import { envelopeOf } from "../support/intake-world.ts";
import { report, resultOf } from "../support/plan-world.ts";
import {
	type ApprovalWorld,
	answerTo,
	hasStatus,
	isCommitted,
	openApprovalWorld,
	planNow,
	startWaiting,
	unmatchedOf,
} from "./consume-approvals.ts";

type Answer = ReturnType<typeof answerTo>;

async function publish({ intake }: ApprovalWorld, answers: readonly Answer[]) {
	await intake.publish(
		"approvalResponses",
		answers.map((value) => ({ key: value.plan_id, value })),
	);
}

const countLines = ({ intake }: ApprovalWorld, line: string) =>
	intake.metrics.lines.filter((other) => other === line).length;

test("approval answers: an approval lets the plan run, and says who approved which plan", async (t) => {
	const world = await openApprovalWorld(t);
	const waiting = await startWaiting(world);
	const answer = answerTo(waiting);
	await publish(world, [answer, answer]);
	await world.consume();
	await hasStatus(waiting.handle, "RUNNING");
	await publish(world, [answer]);
	await isCommitted(world, 3);
	const { commands } = await planNow(waiting.handle);
	assert.deepEqual(
		commands.map(({ command, actor, details }) => [command, actor, details]),
		[["approve", "ada", { plan_hash: waiting.input.plan_hash }]],
	);
	assert.equal(countLines(world, "approvalAnswer taken"), 3);
	const trail = await eventually(() => {
		const records = [...world.plans.documents]
			.filter(([key]) => key.startsWith("audit_trail/"))
			.map(([, fields]) => fields);
		return records.length > 0 && records;
	});
	const approval = trail.find(({ action }) => action === "approve");
	assert.equal(approval?.actor, "ada");
	assert.equal(approval?.plan_hash, waiting.input.plan_hash);
});

test("approval answers: a rejection ends the plan with its reason", async (t) => {
	const world = await openApprovalWorld(t);
	const waiting = await startWaiting(world);
	await publish(world, [
		answerTo(waiting, {
			decision: "rejected",
			rejection_reason: "too dangerous",
			cognitive_plan_json: null,
		}),
	]);
	await world.consume();
	await hasStatus(waiting.handle, "REJECTED");
	assert.match(
		(await planNow(waiting.handle)).error_message ?? "",
		/ada.*too d/,
	);
	assert.equal(world.plans.tickets.length, 0);
});

test("approval answers: one that no plan waits for is kept with the reason, once", async (t) => {
	const world = await openApprovalWorld(t);
	const [waiting, ended] = [
		await startWaiting(world),
		await startWaiting(world),
	];
	await ended.handle.executeUpdate("cancel", {
		args: [{ actor: "bob", reason: "no longer" }],
	});
	await hasStatus(ended.handle, "CANCELLED");
	await assert.rejects(ended.handle.result());
	const nobody = `p-${randomUUID()}`;
	const other = JSON.stringify({ ...(waiting.input.plan as object), more: 1 });
	const unmatched = [
		answerTo(waiting, { cognitive_plan_json: other }),
		answerTo(ended),
		answerTo(waiting, { plan_id: nobody }),
	];
	await publish(world, [...unmatched, ...unmatched]);
	await world.consume();
	await isCommitted(world, 6);
	const why = async (planId: string) => (await unmatchedOf(world, planId)).why;
	assert.equal(await why(waiting.input.decision.plan_id), "ANOTHER_PLAN");
	assert.equal(await why(ended.input.decision.plan_id), "PLAN_ENDED");
	assert.equal(await why(nobody), "PLAN_UNKNOWN");
	const { source, approved_by, detail } = await unmatchedOf(world, nobody);
	assert.equal(approved_by, "ada");
	assert.match(String(detail), /not found/);
	const { topic } = source as { topic: string };
	assert.equal(topic, world.intake.topics.approvalResponses.name);
	assert.equal(countLines(world, "approvalAnswer unmatched"), 3);
	assert.equal(countLines(world, "duplicates approval_consumer"), 3);

	assert.equal((await planNow(waiting.handle)).status, "AWAITING_APPROVAL");
	await publish(world, [answerTo(waiting)]);
	await hasStatus(waiting.handle, "RUNNING");
});

test("approval answers: without a hash, one older than the request is for another plan", async (t) => {
	const world = await openApprovalWorld(t);
	const waiting = await startWaiting(world);
	const old = { cognitive_plan_json: null, approved_at: Date.now() - 60_000 };
	await publish(world, [answerTo(waiting, old)]);
	await world.consume();
	const { plan_id } = waiting.input.decision;
	const { why } = await unmatchedOf(world, plan_id);
	assert.equal(why, "ANOTHER_PLAN");
	await publish(world, [answerTo(waiting, { cognitive_plan_json: null })]);
	await hasStatus(waiting.handle, "RUNNING");
});

test("approval answers: malformed ones are dead letters, good ones arrive", async (t) => {
	const world = await openApprovalWorld(t);
	const waiting = await startWaiting(world);
	const garbage = Array.from({ length: 40 }, (_, index) => ({
		value: randomBytes(index % 20),
	}));
	await world.intake.publish("approvalResponses", [
		...garbage,
		{ value: answerTo(waiting, { decision: "perhaps" }) },
		{ value: answerTo(waiting, { approved_by: null }) },
	]);
	await publish(world, [answerTo(waiting)]);
	await world.consume();
	await hasStatus(waiting.handle, "RUNNING");
	const letters = await world.intake.read("approvalResponsesDlq", 42);
	assert.equal(letters.length, 42);
	const paths = letters.map((letter) => envelopeOf(letter).path);
	assert.ok(paths.includes("$.decision"));
	assert.ok(paths.includes("$.approved_by"));
	await isCommitted(world, 43);
});

test("approval answers: a crash before the commit, and the plan is done when the answer comes again", async (t) => {
	const world = await openApprovalWorld(t);
	const waiting = await startWaiting(world);
	await publish(world, [answerTo(waiting)]);
	const handled = Promise.withResolvers<void>();
	const crashing = await world.consume(
		(handle) =>
			async (batch, { signal }) => {
				await handle(batch, { done: () => undefined, signal });
				handled.resolve();
				throw new Error("crash before the commit");
			},
	);
	await handled.promise;
	await crashing.stop();
	await eventually(() => world.plans.tickets.length === 1);
	const [ticket] = world.plans.tickets;
	await report(waiting.handle, [
		resultOf(ticket?.ticket_id ?? "", "COMPLETED"),
	]);
	assert.equal((await waiting.handle.result()).status, "SUCCESS");

	await world.consume();
	await isCommitted(world, 1);
	assert.equal(countLines(world, "approvalAnswer unmatched"), 0);
	assert.equal((await planNow(waiting.handle)).commands.length, 1);
});

test("approval answers: one that an earlier build gave to its plan, under a longer key, is known", async (t) => {
	const world = await openApprovalWorld(t);
	const waiting = await startWaiting(world);
	const given = answerTo(waiting);
	const reading = readApprovalAnswer(given);
	assert.ok(reading.ok);
	const { answer_id, plan_hash } = reading.answer;
	const idempotency_key = `approval-answer-${answer_id}`;
	const approve = { actor: "ada", reason: "yes", plan_hash, idempotency_key };
	await waiting.handle.executeUpdate("approve", { args: [approve] });
	await publish(world, [given]);
	await world.consume();
	await isCommitted(world, 1);
	assert.equal(countLines(world, "approvalAnswer taken"), 1);
	assert.equal((await planNow(waiting.handle)).commands.length, 1);
});

test("approval answers: one whose key somebody has used for another command is kept, and the next is taken", async (t) => {
	const world = await openApprovalWorld(t);
	const [first, second] = [
		await startWaiting(world),
		await startWaiting(world),
	];
	const given = answerTo(first);
	const reading = readApprovalAnswer(given);
	assert.ok(reading.ok);
	const idempotency_key = reading.answer.answer_id;
	const priority = { actor: "eve", reason: "why not", priority: "low" };
	const command = { ...priority, idempotency_key };
	await first.handle.executeUpdate("priority", { args: [command] });
	await publish(world, [given, answerTo(second)]);
	await world.consume();
	await isCommitted(world, 2);
	await hasStatus(second.handle, "RUNNING");
	await hasStatus(first.handle, "AWAITING_APPROVAL");
	assert.equal(countLines(world, "approvalAnswer unmatched"), 1);
	assert.equal(countLines(world, "approvalAnswer taken"), 1);
});

test("approval answers: Temporal away: they come again, none is lost or a dead letter", async (t) => {
	const world = await openApprovalWorld(t);
	const plans = await Promise.all([1, 2, 3].map(() => startWaiting(world)));
	let deliveryCount = 0;
	await world.consume((handle) => async (batch, control) => {
		deliveryCount += 1;
		await handle(batch, control);
	});
	await world.intake.temporal.cut();
	await publish(
		world,
		plans.map((waiting) => answerTo(waiting)),
	);
	await eventually(() => deliveryCount >= 4, 60_000);
	assert.equal(
		await world.intake.committed("approvalResponses", "-approvals"),
		0,
	);
	await world.intake.temporal.restore();
	for (const { handle } of plans) await hasStatus(handle, "RUNNING");
	await isCommitted(world, 3);
	assert.ok(
		!world.intake.metrics.lines.some((line) => line.startsWith("deadLetters")),
	);
});

test("approval answers: many that no plan waits for are each kept, and a genuine one behind them is taken", async (t) => {
	const world = await openApprovalWorld(t);
	const waiting = await startWaiting(world);
	const nobody = `p-${randomUUID()}`;
	const unmatched = Array.from({ length: 600 }, (_, n) =>
		answerTo(waiting, {
			plan_id: n % 2 === 0 ? nobody : `p-${randomUUID()}`,
			approved_by: `eve ${n}`,
			cognitive_plan_json: null,
		}),
	);
	// Of one key, so that it is behind all of them.
	await world.intake.publish(
		"approvalResponses",
		[...unmatched, answerTo(waiting)].map((value) => ({ key: "same", value })),
	);
	await world.consume();
	await hasStatus(waiting.handle, "RUNNING");
	await isCommitted(world, 601);
	assert.equal(countLines(world, "approvalAnswer unmatched"), 600);
	const kept = await eventually(() => {
		const answers = [...world.plans.documents]
			.filter(([key]) => key.startsWith("approval_answers/"))
			.map(([, fields]) => fields);
		return answers.length === 600 && answers;
	}, 30_000);
	assert.deepEqual(
		kept.map(({ approved_by }) => approved_by).sort(),
		unmatched.map(({ approved_by }) => approved_by).sort(),
	);
	assert.ok(kept.every(({ why }) => why === "PLAN_UNKNOWN"));
});
