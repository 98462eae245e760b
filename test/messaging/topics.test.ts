import assert from "node:assert/strict";
import { test } from "node:test";
import { ensureTopics } from "../../src/messaging/ensure-topics.ts";
import type { IncomingMessage } from "../../src/messaging/incoming-message.ts";
import { createKafkaClient } from "../../src/messaging/kafka-client.ts";
import {
	createTopicTable,
	type TopicTable,
} from "../../src/messaging/topics.ts";
import { eventually, kafkaSettings, randomName } from "./broker.ts";
import { openConsumer } from "./open-consumer.ts";

test("createTopicTable: names are those that producers and workers outside already use", () => {
	const names = Object.values(createTopicTable()).map(({ name }) => name);
	assert.deepEqual(names, [
		"plans.consensus",
		"plans.consensus.dlq",
		"execution.tickets",
		"execution.tickets.dlq",
		"execution.results",
		"execution.results.retry",
		"execution.results.retry.2",
		"execution.results.retry.3",
		"execution.results.retry.4",
		"execution.results.dlq",
		"orchestration.incidents",
		"sla.alerts",
		"sla.violations",
		"ml.allocation_outcomes",
		"plan.notifications",
		"rollout.events",
		"telemetry.orchestration",
		"cognitive-plans-approval-requests",
		"cognitive-plans-approval-responses",
		"cognitive-plans-approval-responses.dlq",
	]);
});

test("createTopicTable: dead-letter names follow an overridden name, the prefix stands before all", () => {
	const table = createTopicTable({
		prefix: "t1.",
		consensus: "decisions",
		tickets: "work",
		approvalResponses: "answers",
		maxPartitions: 2,
	});
	assert.equal(table.consensus.name, "t1.decisions");
	assert.equal(table.consensusDlq.name, "t1.decisions.dlq");
	assert.equal(table.tickets.name, "t1.work");
	assert.equal(table.ticketsDlq.name, "t1.work.dlq");
	assert.equal(table.approvalResponses.name, "t1.answers");
	assert.equal(table.approvalResponsesDlq.name, "t1.answers.dlq");
	assert.equal(table.results.name, "t1.execution.results");
	assert.ok(Object.values(table).every(({ partitions }) => partitions <= 2));
});

test("ensureTopics: creates what is missing once, also when two processes race", async () => {
	const table = createTopicTable({
		prefix: `${randomName()}.`,
		maxPartitions: 1,
	});
	const names = Object.values(table).map(({ name }) => name);

	const [first, second] = await Promise.all([
		ensureTopics(kafkaSettings(), table, { replicationFactor: 1 }),
		ensureTopics(kafkaSettings(), table, { replicationFactor: 1 }),
	]);
	const third = await ensureTopics(kafkaSettings(), table, {
		replicationFactor: 1,
	});

	assert.deepEqual([...first.created, ...second.created].sort(), names.sort());
	assert.deepEqual(third.created, []);
});

test("ensureTopics: when a result came is for the broker to say, of other records for their author", async (t) => {
	const { results, tickets } = createTopicTable({
		prefix: `${randomName()}.`,
		maxPartitions: 1,
	});
	const table = { results, tickets } as TopicTable;
	await ensureTopics(kafkaSettings(), table, { replicationFactor: 1 });
	const producer = createKafkaClient(kafkaSettings(), {
		...{ requestTimeoutMs: 10_000, retries: 5 },
	}).producer();
	await producer.connect();
	t.after(() => producer.disconnect());
	const longAgoMs = Date.now() - 3_600_000;
	const messages = [{ value: "x", timestamp: String(longAgoMs) }];
	for (const { name: topic } of [results, tickets])
		await producer.send({ topic, messages });
	const seen = new Map<string, IncomingMessage>();
	await openConsumer(t, {
		topics: [results.name, tickets.name],
		async handleBatch({ topic, messages: [first] }) {
			if (first !== undefined) seen.set(topic, first);
		},
	});
	await eventually("both records", () => seen.size === 2);
	const [result, ticket] = [results, tickets].map(({ name }) => seen.get(name));
	assert.equal(result?.isBrokersTime, true);
	// The broker's clock may differ a little.
	assert.ok(result.timestampMs > longAgoMs + 1_800_000);
	assert.equal(ticket?.isBrokersTime, undefined);
	assert.equal(ticket?.timestampMs, longAgoMs);
});
