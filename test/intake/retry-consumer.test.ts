import assert from "node:assert/strict";
import { test } from "node:test";
import { envelopeOf, openIntakeWorld } from "../support/intake-world.ts";
import {
	arrived,
	consume,
	publishResults,
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
