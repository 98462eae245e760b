import assert from "node:assert/strict";
import { test } from "node:test";
import { createProducer } from "../../src/messaging/producer.ts";
import {
	createResultTokens,
	hmacTokens,
} from "../../src/plans/result-tokens.ts";
import { kafkaSettings } from "../messaging/broker.ts";
import { envelopeOf, openIntakeWorld } from "../support/intake-world.ts";
import {
	arrived,
	consume,
	publishResults,
	resultOf,
	startPlan,
} from "./consume-results.ts";

test("results: of an unknown ticket they wait on the retry topic until the plan is known", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	const { index } = await consume(world);
	await publishResults(world, ["a"], { "x-own": "kept" });
	const [first] = await world.read("resultsRetry", 1);
	assert.equal(first?.headers["retry-reason"], "plan-unknown");
	assert.equal(first?.headers["x-own"], "kept");
	assert.equal(first?.headers["retry-source-topic"], world.topics.results.name);

	// The main topic goes on meanwhile, and the next wait is longer.
	await publishResults(world, ["b"], { "x-neural-hive-plan-id": planId });
	await arrived(world, planId, 1);
	const [second] = await world.read("resultsRetry2", 1);
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
	// What its plan judges it by: the first reading, and that it has lain.
	assert.equal(found?.retried, true);
	assert.equal(
		String(found?.received_at_ms),
		first?.headers["retry-first-seen-ms"],
	);
	const direct = results.find(({ ticket_id }) => ticket_id === "b");
	assert.equal(typeof direct?.received_at_ms, "number");
	assert.ok(!Object.hasOwn(direct ?? {}, "retried"));
});

test("results: a named plan without a run is tried again; the index may know better", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	const { index } = await consume(world);
	await publishResults(world, ["a"], { "x-neural-hive-plan-id": "nobody" });
	const [record] = await world.read("resultsRetry", 1);
	assert.equal(record?.headers["retry-reason"], "run-unknown");
	index.set("a", planId);
	await arrived(world, planId, 1);
});

test("results: of a ticket that was surely never published, the named plan is asked on a retry only", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	await consume(world, { isConclusive: true });
	await publishResults(world, ["a"], { "x-neural-hive-plan-id": planId });
	const [record] = await world.read("resultsRetry", 1);
	assert.equal(record?.headers["retry-reason"], "plan-unknown");
	const [result] = await arrived(world, planId, 1);
	assert.equal(result?.retried, true);
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

test("results: one too large for the retry topic waits there as what was read of it, and is UNRESOLVED as a reference", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	const compression = "none";
	const producer = await createProducer({ ...kafkaSettings(), compression });
	t.after(() => producer.close());
	const tokenKeys = ["secret"];
	const { index } = await consume(
		{ ...world, producer },
		{ retryDelayMs: 100, retryMaxAgeMs: 1_000, tokenKeys },
	);
	const output = { logs: "an honest line\n".repeat(200_000) };
	const largeOf = (id: string) => {
		const [proof] = createResultTokens([hmacTokens(tokenKeys)], []).proofOf({
			ticketId: id,
			value: undefined,
		});
		const metadata = { ticket_token: String(proof?.value) };
		return resultOf(id, { result: { output, metadata } });
	};
	const large = largeOf("large");
	await world.publish("results", [
		{ key: "same", value: large },
		{ key: "same", value: largeOf("known") },
	]);
	const [waiting] = await world.read("resultsRetry", 2);
	assert.ok((waiting?.value?.length ?? 0) < 8_000);
	index.set("known", planId);
	const [known] = await arrived(world, planId, 1);
	assert.equal(known?.output.truncated, "true");
	assert.equal(known?.source?.topic, world.topics.results.name);
	const [letter] = await world.read("resultsDlq", 1);
	assert.equal(letter?.headers["dlq-form"], "reference");
	const { reason, message, source, original_bytes } = envelopeOf(letter);
	assert.equal(reason, "UNRESOLVED");
	assert.match(message, /ticket large/);
	assert.equal(source.topic, world.topics.results.name);
	assert.equal(original_bytes, JSON.stringify(large).length);
});

test("results: one that has waited for long holds up none that has not, and one of an earlier build goes on there", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	const { index } = await consume(world, { retryDelayMs: 500 });
	const former = {
		"retry-first-seen-ms": String(Date.now()),
		"retry-count": "700",
		"retry-reason": "plan-unknown",
		"retry-source-topic": world.topics.results.name,
		"retry-source-partition": "0",
		"retry-source-offset": "7",
		"retry-source-timestamp-ms": "1",
	};
	await world.publish("resultsRetry", [
		{ key: "late", value: resultOf("late"), headers: former },
	]);
	const [late] = await world.read("resultsRetry4", 1);
	assert.equal(late?.headers["retry-count"], "701");
	assert.equal(late?.headers["retry-source-offset"], "7");
	await publishResults(world, ["soon"]);
	await world.read("resultsRetry2", 1);
	index.set("soon", planId);
	index.set("late", planId);
	const [soon] = await arrived(world, planId, 1);
	assert.equal(soon?.ticket_id, "soon");
	assert.equal(await world.committed("resultsRetry4", "-results-retry"), 0);
});
