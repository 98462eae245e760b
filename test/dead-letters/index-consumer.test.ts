import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { startDeadLetterIndex } from "../../src/dead-letters/index-consumer.ts";
import { createDeadLetterSteps } from "../../src/dead-letters/settle.ts";
import { createDeadLetterStore as createShelf } from "../../src/dead-letters/store.ts";
import { textHeaders } from "../../src/domain/record-headers.ts";
import {
	createTopicTable,
	deadLetterTopics,
} from "../../src/messaging/topics.ts";
import { recordBy } from "../support/dead-letters.ts";
import { eventually } from "../support/eventually.ts";
import { someRecord } from "../support/intake-stand-ins.ts";
import { type IntakeWorld, openIntakeWorld } from "../support/intake-world.ts";
import { serverAddress } from "../support/server-address.ts";
import {
	metricValue,
	mongoUriVia,
	openMongo,
	openMongoVia,
} from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

async function startIndex(
	world: IntakeWorld,
	shelf: ReturnType<typeof createShelf>,
) {
	const { consensusDlq, resultsDlq } = world.topics;
	return await world.run(
		startDeadLetterIndex({
			topics: [consensusDlq.name, resultsDlq.name],
			openConsumer: world.openConsumer(),
			decode: world.decode,
			shelf,
			metrics: world.metrics,
			log: world.log,
		}),
	);
}

async function openShelf(t: TestContext) {
	const { mongo } = await openMongo(t);
	return { shelf: createShelf(mongo), steps: createDeadLetterSteps(mongo) };
}

test("dead letter index: what intake gives up is written down with reason, path, source and bytes", async (t) => {
	const world = await openIntakeWorld(t);
	const { shelf } = await openShelf(t);
	const record = someRecord({
		value: Buffer.from('{"plan_id":"p-1","tasks":7}'),
		headers: textHeaders({ trace: "abc" }),
	});
	await world.deadLetters("consensusDlq")(record, {
		code: "MESSAGE_INVALID",
		message: "$.tasks is 7",
		hint: "send a list",
		problems: [{ path: "$.tasks", code: "FIELD_INVALID", message: "is 7" }],
	});
	await startIndex(world, shelf);
	const [summary] = await eventually(async () => {
		const found = await shelf.list({ filter: {}, limit: 10 });
		return found.length > 0 && found;
	}, 30_000);
	assert.equal(summary?.plan_id, "p-1");
	const letter = await shelf.read(summary?.id ?? "");
	assert.equal(letter?.reason, "MESSAGE_INVALID");
	assert.equal(letter?.path, "$.tasks");
	assert.equal(letter?.hint, "send a list");
	assert.equal(letter?.key, "plan-1");
	assert.deepEqual(letter?.headers, [{ name: "trace", value: "abc" }]);
	assert.deepEqual(letter?.source, {
		topic: "plans.consensus",
		partition: 3,
		offset: "41",
	});
	assert.deepEqual(letter?.original, record.value);
	await eventually(() =>
		world.metrics.lines.some((line) => line.startsWith("openDeadLetters")),
	);
});

test("dead letter index: whatever lies on the topic becomes a letter, and stops nothing", async (t) => {
	const world = await openIntakeWorld(t);
	const { shelf } = await openShelf(t);
	const odd = [
		{ value: Buffer.from("{broken") },
		{ value: Buffer.from("null"), headers: { "dlq-form": "envelope" } },
		{ value: Buffer.from([0, 1]), headers: { "dlq-form": "raw" } },
		{
			value: { reason: { $gt: 1 }, source: 7, problems: [null, { path: 1 }] },
			headers: { "dlq-form": "envelope", "a.$b": "\u0000" },
		},
	];
	await world.publish("resultsDlq", odd);
	await startIndex(world, shelf);
	const letters = await eventually(async () => {
		const found = await shelf.list({ filter: {}, limit: 10 });
		return found.length === odd.length && found;
	}, 30_000);
	assert.deepEqual(
		new Set(letters.map(({ reason }) => reason)),
		new Set(["UNKNOWN"]),
	);
	assert.equal(letters.filter(({ source }) => source === null).length, 4);
	await eventually(async () => {
		const count = await world.committed("resultsDlq", "-dead-letters");
		return count === odd.length;
	});
});

test("dead letter index: a letter that is delivered again keeps what was done with it", async (t) => {
	const world = await openIntakeWorld(t);
	const { shelf, steps } = await openShelf(t);
	await world.publish("consensusDlq", [{ value: {} }]);
	const first = await startIndex(world, shelf);
	const [letter] = await eventually(async () => {
		const found = await shelf.list({ filter: {}, limit: 10 });
		return found.length === 1 && found;
	}, 30_000);
	const id = letter?.id ?? "";
	assert.equal(await steps.discard(id, recordBy("discarded", null)), true);
	await first.stop();
	// The same records once more, for a group that knows nothing of the first.
	const again = await openIndexOfNewGroup(t, world, shelf);
	await eventually(() => again.handledCount() === 1, 30_000);
	assert.equal((await shelf.read(id))?.state, "discarded");
});

async function openIndexOfNewGroup(
	t: TestContext,
	world: IntakeWorld,
	shelf: ReturnType<typeof createShelf>,
) {
	let handledCount = 0;
	const open = world.openConsumer();
	const consumer = await startDeadLetterIndex({
		topics: [world.topics.consensusDlq.name],
		openConsumer: (options) => open({ ...options, groupSuffix: "-anew" }),
		decode: world.decode,
		shelf,
		metrics: {
			...world.metrics,
			consumed: (_topic, count) => {
				handledCount += count;
			},
		},
		log: world.log,
	});
	t.after(() => consumer.stop());
	return { handledCount: () => handledCount };
}

test("dead letter index: while MongoDB is away nothing is committed, and nothing is lost", async (t) => {
	const world = await openIntakeWorld(t);
	const proxy = await openTcpProxy(
		t,
		new URL(serverAddress("MONGODB_URI")).host,
	);
	const { mongo, metrics } = openMongoVia(t, mongoUriVia(proxy.address));
	await mongo.indexed;
	const shelf = createShelf(mongo);
	await startIndex(world, shelf);
	await proxy.cut();
	await world.publish("consensusDlq", [{ value: {} }, { value: {} }]);
	const labels = { collection: "dead_letters", operation: "add" };
	await eventually(async () => {
		const name = "mongodb_persistence_errors_total";
		return (await metricValue(metrics, name, labels)) > 0;
	});
	assert.equal(await world.committed("consensusDlq", "-dead-letters"), 0);
	await proxy.restore();
	await eventually(
		async () => (await shelf.list({ filter: {}, limit: 10 })).length === 2,
		30_000,
	);
	await eventually(
		async () => (await world.committed("consensusDlq", "-dead-letters")) === 2,
	);
});

test("dead letter index: every dead letter topic but the workers' own is ours", () => {
	const table = createTopicTable();
	const known = deadLetterTopics(table).map(({ name }) => name);
	const all = Object.values(table)
		.map(({ name }) => name)
		.filter((name) => name.endsWith(".dlq"));
	assert.deepEqual([...known, table.ticketsDlq.name].sort(), all.sort());
});
