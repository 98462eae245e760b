import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { envelopeOf, openIntakeWorld } from "../support/intake-world.ts";
import { finishSignal } from "../support/plan-workflow.ts";
import {
	arrived,
	consume,
	handleOf,
	ids,
	publishResults,
	resultOf,
	signalsOf,
	startPlan,
} from "./consume-results.ts";

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

test("results: a plan's name in a header or in the ticket is believed where the index knows nothing", async (t) => {
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
	assert.deepEqual(lookups, [1, 1]);
});

test("results: one whose header names another plan that runs is with its own", async (t) => {
	const world = await openIntakeWorld(t);
	const [own, other] = [await startPlan(world), await startPlan(world)];
	const { index } = await consume(world);
	index.set("a", own);
	await publishResults(world, ["a", "b"], { "x-neural-hive-plan-id": other });
	const [result] = await arrived(world, own, 1);
	assert.equal(result?.ticket_id, "a");
	const [named] = await arrived(world, other, 1);
	assert.equal(named?.ticket_id, "b");
});

test("results: after the end what was entered before is a duplicate, begun work nothing, the rest LATE", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	await handleOf(world, planId).signal(finishSignal, "completed");
	await handleOf(world, planId).result();
	const ends = new Map([["again", "COMPLETED" as const]]);
	await consume(world, { ends });
	const headers = { "x-neural-hive-plan-id": planId };
	await world.publish("results", [
		{ value: resultOf("again"), headers },
		{ value: resultOf("again", { status: "FAILED" }), headers },
		{ value: resultOf("a", { status: "RUNNING" }), headers },
		{ value: resultOf("b"), headers },
	]);
	const letters = await world.read("resultsDlq", 2);
	const envelopes = letters.map((letter) => envelopeOf(letter));
	assert.deepEqual(
		envelopes
			.map(({ reason, message }) => `${reason} ${message.split(" before ")[1]}`)
			.sort(),
		["LATE COMPLETED of ticket b came", "LATE FAILED of ticket again came"],
	);
	assert.equal(envelopes[0]?.source.topic, world.topics.results.name);
	assert.ok(world.metrics.lines.includes("duplicates result_consumer"));
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
