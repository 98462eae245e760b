import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTopics } from "../../src/messaging/check-topics.ts";
import { ensureTopics } from "../../src/messaging/ensure-topics.ts";
import { createTopicTable } from "../../src/messaging/topics.ts";
import { eventually } from "../support/eventually.ts";
import { kafkaSettings, randomName } from "./broker.ts";

test("checkTopics: says what is missing, what is there, and what is smaller than wanted", async () => {
	const prefix = `${randomName()}.`;
	const wanted = createTopicTable({ prefix });
	const states = async () => {
		const topics = await checkTopics(kafkaSettings(), wanted);
		return new Map(topics.map((one) => [one.topic, one]));
	};
	const before = await states();
	assert.ok([...before.values()].every(({ state }) => state === "missing"));
	const small = createTopicTable({ prefix, maxPartitions: 1 });
	await ensureTopics(
		kafkaSettings(),
		{ ...wanted, results: { ...small.results, retentionMs: 1_000 } },
		{ replicationFactor: 1 },
	);
	const after = await eventually(async () => {
		const found = await states();
		return (
			[...found.values()].every(({ state }) => state !== "missing") && found
		);
	}, 60_000);
	const results = after.get(wanted.results.name);
	assert.equal(results?.state, "different");
	assert.deepEqual(results?.differences, [
		"partitions 1, not 6",
		`retention.ms 1000, not ${wanted.results.retentionMs}`,
	]);
	const tickets = after.get(wanted.tickets.name);
	assert.deepEqual(
		[tickets?.state, tickets?.partitions, tickets?.replicas],
		["there", 12, 1],
	);
});
