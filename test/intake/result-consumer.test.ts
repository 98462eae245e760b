import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import { createDeliverResults } from "../../src/intake/deliver-results.ts";
import { startResultConsumer } from "../../src/intake/result-consumer.ts";
import { startRetryConsumer } from "../../src/intake/retry-consumer.ts";
import { createSignalWindow } from "../../src/intake/signal-window.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import {
	envelopeOf,
	type IntakeWorld,
	openIntakeWorld,
} from "../support/intake-world.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { finishSignal, type StandInState } from "../support/plan-workflow.ts";

const DAY_MS = 86_400_000;

function resultOf(ticket_id: string, changes: object = {}) {
	return {
		ticket_id,
		status: "COMPLETED",
		result: { success: true, output: {}, metadata: {}, logs: [] },
		error_message: null,
		actual_duration_ms: 5,
		agent_id: "agent-1",
		timestamp: Date.now(),
		...changes,
	};
}

/** Consumers of results and of the retry topic, with an index the test can write. */
async function consume(
	world: IntakeWorld,
	{
		index = new Map<string, string>(),
		windowMs = 50,
		retryDelayMs = 300,
		retryMaxAgeMs = DAY_MS,
	} = {},
) {
	const { topics, plans, metrics, log, producer, decode } = world;
	const lookups: number[] = [];
	const deliver = createDeliverResults({
		topics: {
			ticketsDlq: topics.ticketsDlq.name,
			resultsRetry: topics.resultsRetry.name,
		},
		decode,
		tickets: {
			async resolve(ids) {
				lookups.push(ids.length);
				return new Map([...index].filter(([id]) => ids.includes(id)));
			},
		},
		window: createSignalWindow({ plans, windowMs, metrics }),
		producer,
		putDeadLetter: world.deadLetters("resultsDlq"),
		retryMaxAgeMs,
		metrics,
		log,
	});
	const openConsumer = world.openConsumer();
	await world.run(
		startResultConsumer({
			topics: {
				results: topics.results.name,
				ticketsDlq: topics.ticketsDlq.name,
			},
			openConsumer,
			deliver,
			metrics,
		}),
	);
	const retries = await world.run(
		startRetryConsumer({
			topic: topics.resultsRetry.name,
			openConsumer,
			deliver,
			retryDelayMs,
			metrics,
		}),
	);
	return { index, lookups, retries };
}

async function startPlan({ plans }: IntakeWorld): Promise<string> {
	const decision = someDecision();
	await plans.startPlan(runInput(decision));
	return decision.plan_id;
}

function handleOf({ client }: IntakeWorld, planId: string) {
	return client.workflow.getHandle(planWorkflowId(planId));
}

async function signalsOf(world: IntakeWorld, planId: string) {
	const state = await handleOf(world, planId).query<StandInState>("plan");
	return state.signals;
}

async function arrived(world: IntakeWorld, planId: string, count: number) {
	return await eventually(async () => {
		const results = (await signalsOf(world, planId)).flat();
		return results.length >= count && results;
	}, 30_000);
}

async function publishResults(
	world: IntakeWorld,
	ids: readonly string[],
	headers: Record<string, string> = {},
) {
	await world.publish(
		"results",
		ids.map((id) => ({ key: id, value: resultOf(id), headers })),
	);
}

const ids = (count: number) =>
	Array.from({ length: count }, () => randomUUID());

test("results: many of two plans come in few signals, found with one look-up a batch", async (t) => {
	const world = await openIntakeWorld(t);
	const [p, q] = [await startPlan(world), await startPlan(world)];
	const [ofP, ofQ] = [ids(60), ids(40)];
	await publishResults(world, [...ofP, ...ofQ]);
	const index = new Map([
		...ofP.map((id) => [id, p] as const),
		...ofQ.map((id) => [id, q] as const),
	]);
	const { lookups } = await consume(world, { index, windowMs: 300 });
	const results = await arrived(world, p, 60);
	assert.deepEqual(
		results.map(({ ticket_id }) => ticket_id).sort(),
		ofP.toSorted(),
	);
	await arrived(world, q, 40);
	const signals = await signalsOf(world, p);
	assert.ok(signals.length <= 4, `${signals.length} signals for 60 results`);
	assert.ok(lookups.length <= 6, `${lookups.length} look-ups for 100 results`);
	const { source } = results[0] ?? {};
	assert.equal(source?.topic, world.topics.results.name);
});

test("results: the plan's name in a header or in the ticket saves the look-up", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	const { lookups } = await consume(world);
	await publishResults(world, ["a"], { "X-Neural-Hive-Plan-Id": planId });
	await world.publish("ticketsDlq", [
		{
			key: "b",
			value: {
				ticket_id: "b",
				plan_id: planId,
				dlq_metadata: { original_error: "broken", retry_count: 3 },
			},
		},
	]);
	const results = await arrived(world, planId, 2);
	const gaveUp = results.find(({ ticket_id }) => ticket_id === "b");
	assert.equal(gaveUp?.kind, "dead-letter");
	assert.equal(gaveUp?.status, "FAILED");
	assert.match(gaveUp?.error_message ?? "", /broken/);
	assert.deepEqual(lookups, []);
});

test("results: what comes after the end is LATE, a report of begun work is nothing", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	await handleOf(world, planId).signal(finishSignal, "completed");
	await handleOf(world, planId).result();
	await consume(world);
	const headers = { "x-neural-hive-plan-id": planId };
	await world.publish("results", [
		{ value: resultOf("a", { status: "RUNNING" }), headers },
		{ value: resultOf("b"), headers },
	]);
	const [letter, ...others] = await world.read("resultsDlq", 1);
	assert.equal(others.length, 0);
	const envelope = envelopeOf(letter);
	assert.equal(envelope.reason, "LATE");
	assert.ok(envelope.message.includes("ticket b"));
	assert.equal(envelope.source.topic, world.topics.results.name);
});

test("results: of an unknown ticket they wait on the retry topic until the plan is known", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	const { index } = await consume(world);
	await publishResults(world, ["a"], { "x-own": "kept" });
	const [first] = await world.read("resultsRetry", 1);
	assert.equal(first?.headers["retry-reason"], "plan-unknown");
	assert.equal(first?.headers["x-own"], "kept");
	assert.equal(first?.headers["retry-source-topic"], world.topics.results.name);

	// The main topic goes on meanwhile, and the retry goes round at least once more.
	await publishResults(world, ["b"], { "x-neural-hive-plan-id": planId });
	await arrived(world, planId, 1);
	const [, second] = await world.read("resultsRetry", 2);
	assert.equal(second?.headers["retry-count"], "2");
	assert.equal(
		second?.headers["retry-first-seen-ms"],
		first?.headers["retry-first-seen-ms"],
	);
	index.set("a", planId);
	const results = await arrived(world, planId, 2);
	const found = results.find(({ ticket_id }) => ticket_id === "a");
	assert.equal(found?.source?.topic, world.topics.results.name);
	assert.equal(found?.source?.offset, first?.headers["retry-source-offset"]);
});

test("results: a named plan without a run is tried again; the index may know better", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	const { index } = await consume(world);
	index.set("a", planId);
	await publishResults(world, ["a"], { "x-neural-hive-plan-id": "nobody" });
	await arrived(world, planId, 1);
	const [record] = await world.read("resultsRetry", 1);
	assert.equal(record?.headers["retry-reason"], "run-unknown");
});

test("results: one that stays unknown too long is UNRESOLVED, with its first coordinates", async (t) => {
	const world = await openIntakeWorld(t);
	await consume(world, { retryDelayMs: 100, retryMaxAgeMs: 500 });
	await publishResults(world, ["a"]);
	const [letter] = await world.read("resultsDlq", 1);
	const envelope = envelopeOf(letter);
	assert.equal(envelope.reason, "UNRESOLVED");
	assert.equal(envelope.source.topic, world.topics.results.name);
	const bytes = Buffer.from(envelope.original_base64 ?? "", "base64");
	assert.equal(JSON.parse(String(bytes)).ticket_id, "a");
});

test("results: a wait for the next retry does not hold up a stop, and is taken up again", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	const { index, retries } = await consume(world, { retryDelayMs: 3_600_000 });
	await publishResults(world, ["a"]);
	await world.read("resultsRetry", 1);
	await retries.stop();
	assert.equal(await world.committed("resultsRetry", "-results-retry"), 0);
	index.set("a", planId);
	await consume(world, { index, retryDelayMs: 10 });
	await arrived(world, planId, 1);
});

test("results: Temporal away: they come again, nothing is a retry or a dead letter", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	const { index, lookups } = await consume(world);
	const tickets = ids(30);
	for (const id of tickets) index.set(id, planId);
	await world.temporal.cut();
	await publishResults(world, tickets);
	await publishResults(world, ids(10));
	await eventually(() => lookups.length >= 6, 30_000);
	assert.equal(await world.committed("results", "-results"), 0);
	await world.temporal.restore();
	const results = await arrived(world, planId, 30);
	assert.deepEqual(
		[...new Set(results.map(({ ticket_id }) => ticket_id))].sort(),
		tickets.toSorted(),
	);
	await eventually(
		async () => (await world.committed("results", "-results")) === 40,
		30_000,
	);
	assert.ok(
		!world.metrics.lines.some((line) => line.startsWith("deadLetters")),
	);
	const retries = await world.read("resultsRetry", 10);
	const first = retries.filter(({ headers }) => headers["retry-count"] === "1");
	assert.equal(first.length, 10, "an outage does not multiply retries");
});

test("results: any bytes on any of the topics are dead letters, good ones arrive", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	await consume(world, { retryDelayMs: 50 });
	const garbage = () =>
		Array.from({ length: 60 }, (_, index) => ({
			value: randomBytes(index % 30),
		}));
	await world.publish("results", garbage());
	await world.publish("ticketsDlq", garbage());
	await world.publish("resultsRetry", garbage());
	await world.publish("results", [{ value: { ticket_id: 7, status: "DONE" } }]);
	await publishResults(world, ["a", "b"], { "x-neural-hive-plan-id": planId });
	await arrived(world, planId, 2);
	const letters = await world.read("resultsDlq", 181);
	assert.equal(letters.length, 181);
	const reasons = letters.map(({ headers }) => headers["dlq-reason"]);
	// A single random byte may be a digit, and a digit is JSON.
	const known = new Set(["MESSAGE_INVALID", "MESSAGE_UNDECODABLE"]);
	assert.ok(reasons.every((reason) => known.has(reason ?? "")));
	assert.ok(reasons.includes("MESSAGE_INVALID"));
});
