import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import { OrchestratorError } from "../../src/errors.ts";
import {
	type DecisionConsumerDeps,
	startDecisionConsumer,
} from "../../src/intake/decision-consumer.ts";
import { createAcceptDecision } from "../../src/plans/accept-decision.ts";
import type { HandleBatch } from "../../src/plans/records.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import {
	envelopeOf,
	type IntakeWorld,
	openIntakeWorld,
} from "../support/intake-world.ts";
import { planSettings } from "../support/plan-inputs.ts";
import { finishSignal } from "../support/plan-workflow.ts";

function newDecision(changes: object = {}) {
	const plan_id = `p-${randomUUID()}`;
	return {
		decision_id: `d-${randomUUID()}`,
		plan_id,
		intent_id: "intenção-日本",
		final_decision: "approve",
		cognitive_plan: JSON.stringify({ plan_id, tasks: [] }),
		...changes,
	};
}
type Decision = ReturnType<typeof newDecision>;

async function consume(
	world: IntakeWorld,
	changes: Partial<DecisionConsumerDeps> & {
		wrap?: (handle: HandleBatch) => HandleBatch;
	} = {},
) {
	const { topics, plans, metrics, log, decode } = world;
	return await world.run(
		startDecisionConsumer({
			topic: topics.consensus.name,
			openConsumer: world.openConsumer(changes.wrap),
			decode,
			accept: createAcceptDecision({
				plans,
				settings: planSettings,
				versions: { v2Enabled: true, v2Percentage: 0 },
				metrics,
			}),
			putDeadLetter: world.deadLetters("consensusDlq"),
			setAside: world.setAside("consensusDlq"),
			countOpenPlans: plans.countOpenPlans,
			maxOpenPlans: 1_000,
			pollMs: 100,
			metrics,
			log,
			...changes,
		}),
	);
}

async function publish(
	world: IntakeWorld,
	decisions: readonly Decision[],
): Promise<void> {
	await world.publish(
		"consensus",
		decisions.map((value) => ({ key: value.plan_id, value })),
	);
}

const runOf = ({ client }: IntakeWorld, { plan_id }: Decision) =>
	client.workflow.getHandle(planWorkflowId(plan_id)).describe();

async function isStarted(world: IntakeWorld, decision: Decision) {
	await eventually(() => runOf(world, decision), 30_000);
}

async function isCommitted(world: IntakeWorld, count: number) {
	await eventually(
		async () => (await world.committed("consensus")) === count,
		30_000,
	);
}

const countLines = ({ metrics }: IntakeWorld, line: string) =>
	metrics.lines.filter((other) => other === line).length;

test("decisions: delivered three times, one run and two duplicates", async (t) => {
	const world = await openIntakeWorld(t);
	const decision = newDecision();
	await publish(world, [decision, decision]);
	await consume(world);
	await isStarted(world, decision);
	await publish(world, [decision]);
	await isCommitted(world, 3);
	assert.equal(countLines(world, "decision started kafka"), 1);
	assert.equal(countLines(world, "duplicates decision_consumer"), 2);
	const run = await runOf(world, decision);
	assert.equal(run.memo?.decision_id, decision.decision_id);
});

test("decisions: malformed ones between good ones are dead letters, the good ones start", async (t) => {
	const world = await openIntakeWorld(t);
	const [first, second, third] = [newDecision(), newDecision(), newDecision()];
	const bad: { value: Buffer | object; reason: string; path: string | null }[] =
		[
			{
				value: Buffer.from("{oops"),
				reason: "MESSAGE_UNDECODABLE",
				path: null,
			},
			{ value: Buffer.alloc(0), reason: "MESSAGE_UNDECODABLE", path: null },
			{
				value: Buffer.from([0, 0, 0, 0, 9, 1, 2]),
				reason: "MESSAGE_UNDECODABLE",
				path: null,
			},
			{ value: [1, 2], reason: "MESSAGE_INVALID", path: "$" },
			{
				value: { ...newDecision(), final_decision: "perhaps" },
				reason: "MESSAGE_INVALID",
				path: "$.final_decision",
			},
			{
				value: { ...newDecision(), plan_id: "x".repeat(300) },
				reason: "PLAN_TOO_LARGE",
				path: "$.plan_id",
			},
		];
	const one = (value: Buffer | object) => ({ key: "same", value });
	await world.publish("consensus", [
		one(first),
		...bad.slice(0, 3).map(({ value }) => one(value)),
		one(second),
		...bad.slice(3).map(({ value }) => one(value)),
		one(third),
	]);
	await consume(world);
	for (const decision of [first, second, third]) {
		await isStarted(world, decision);
	}
	await isCommitted(world, 9);
	const letters = await world.read("consensusDlq", bad.length);
	assert.equal(letters.length, bad.length);
	const offsets = [1, 2, 3, 5, 6, 7];
	for (const [index, { value, reason, path }] of bad.entries()) {
		const offset = String(offsets[index]);
		const letter = letters.find(
			({ headers }) => headers["dlq-source-offset"] === offset,
		);
		const envelope = envelopeOf(letter);
		assert.equal(envelope.reason, reason);
		assert.equal(envelope.path, path);
		assert.ok(envelope.message.length > 0);
		assert.equal(envelope.source.topic, world.topics.consensus.name);
		const bytes = Buffer.isBuffer(value) ? value : JSON.stringify(value);
		const original = Buffer.from(envelope.original_base64 ?? "", "base64");
		assert.equal(String(original), String(bytes));
		assert.equal(String(letter?.key), "same");
	}
});

test("decisions: of one plan they are taken in their order", async (t) => {
	const world = await openIntakeWorld(t);
	const first = newDecision();
	const others = Array.from({ length: 5 }, () =>
		newDecision({ plan_id: first.plan_id, cognitive_plan: null }),
	);
	await publish(world, [first, ...others]);
	await consume(world);
	const letters = await world.read("consensusDlq", 5);
	assert.deepEqual(
		letters.map((letter) => envelopeOf(letter).reason),
		others.map(() => "PLAN_ALREADY_OPEN"),
	);
	const run = await runOf(world, first);
	assert.equal(run.memo?.decision_id, first.decision_id);
});

test("decisions: a crash between start and commit: the next process finds a duplicate", async (t) => {
	const world = await openIntakeWorld(t);
	const decision = newDecision();
	await publish(world, [decision]);
	const handled = Promise.withResolvers<void>();
	const crashing = await consume(world, {
		wrap:
			(handle) =>
			async (batch, { signal }) => {
				await handle(batch, { done: () => undefined, signal });
				handled.resolve();
				const text = "crash before the commit";
				throw new OrchestratorError("TEMPORAL_UNAVAILABLE", text);
			},
	});
	await handled.promise;
	await crashing.stop();
	const before = await runOf(world, decision);
	assert.equal(await world.committed("consensus"), 0);

	await consume(world);
	await isCommitted(world, 1);
	assert.ok(countLines(world, "duplicates decision_consumer") >= 1);
	assert.equal(countLines(world, "decision started kafka"), 1);
	assert.equal((await runOf(world, decision)).runId, before.runId);
});

test("decisions: Temporal away: the topic is paused, nothing is lost, nothing is a dead letter", async (t) => {
	const world = await openIntakeWorld(t);
	await consume(world);
	const warm = newDecision();
	await publish(world, [warm]);
	await isStarted(world, warm);
	await world.temporal.cut();
	const decisions = Array.from({ length: 30 }, () => newDecision());
	await publish(world, decisions);
	const { name } = world.topics.consensus;
	await eventually(
		() => countLines(world, `paused ${name} temporal-away true`) > 0,
		30_000,
	);
	assert.equal(await world.committed("consensus"), 1);
	await world.temporal.restore();
	for (const decision of decisions) await isStarted(world, decision);
	await isCommitted(world, 31);
	const lines = world.metrics.lines.filter((line) => line.startsWith("paused"));
	assert.equal(lines.at(-1), `paused ${name} temporal-away false`);
	assert.ok(
		!world.metrics.lines.some((line) => line.startsWith("deadLetters")),
	);
	assert.equal(countLines(world, `consumed ${name} 1`), 31);
});

test("decisions: too many plans at work pause the topic until enough have ended", async (t) => {
	const world = await openIntakeWorld(t);
	const maxOpenPlans = 5;
	await consume(world, { maxOpenPlans, pollMs: 1_000 });
	const decisions = Array.from({ length: 15 }, () => newDecision());
	await publish(world, decisions);
	const { name } = world.topics.consensus;
	const running = async () => {
		const runs = await Promise.all(
			decisions.map((decision) =>
				runOf(world, decision).catch(() => undefined),
			),
		);
		return decisions.filter((_, at) => runs[at]?.status.name === "RUNNING");
	};
	for (let endedCount = 0; endedCount < decisions.length; ) {
		const open = await eventually(async () => {
			const now = await running();
			return now.length > 0 && now;
		}, 30_000);
		assert.ok(open.length <= maxOpenPlans, `${open.length} plans at work`);
		for (const { plan_id } of open) {
			const handle = world.client.workflow.getHandle(planWorkflowId(plan_id));
			await handle.signal(finishSignal, "completed");
			await handle.result();
		}
		endedCount += open.length;
	}
	await isCommitted(world, 15);
	assert.ok(countLines(world, `paused ${name} open-plans true`) >= 1);
	assert.ok(countLines(world, `paused ${name} open-plans false`) >= 1);
	assert.equal(countLines(world, "decision started kafka"), 15);
});

test("decisions: any bytes are a dead letter, and the next one starts", async (t) => {
	const world = await openIntakeWorld(t);
	await consume(world);
	const garbage = Array.from({ length: 300 }, (_, index) => ({
		value: randomBytes(index % 50),
	}));
	await world.publish("consensus", garbage);
	const good = [newDecision(), newDecision(), newDecision()];
	await publish(world, good);
	for (const decision of good) await isStarted(world, decision);
	await isCommitted(world, 303);
	assert.equal((await world.read("consensusDlq", 300)).length, 300);
});
