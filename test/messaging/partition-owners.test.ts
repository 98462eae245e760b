import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
	type PartitionOwnersSettings,
	watchPartitionOwners,
} from "../../src/messaging/partition-owners.ts";
import { eventually } from "../support/eventually.ts";
import { createTopic, kafkaSettings, randomName } from "./broker.ts";
import { openConsumer } from "./open-consumer.ts";
import { message, openProducer } from "./open-producer.ts";

function ownersOf(t: TestContext, settings: PartitionOwnersSettings) {
	const owners = watchPartitionOwners(kafkaSettings(), {
		refreshMs: 50,
		...settings,
	});
	t.after(() => owners.close());
	return owners;
}

test("watchPartitionOwners: a record that is sent to a member's partition is read by that member; who leaves has none", async (t) => {
	const topic = await createTopic(t, 4);
	const groupId = randomName();
	const seen: [clientId: string, text: string][] = [];
	const join = (clientId: string) =>
		openConsumer(t, {
			groupId,
			clientId,
			topics: [topic],
			handleBatch: async ({ messages }) => {
				for (const { value } of messages) seen.push([clientId, `${value}`]);
			},
		});
	const [first, second] = await Promise.all([join("w-1"), join("w-2")]);
	await Promise.all([first.ready(), second.ready()]);
	const owners = ownersOf(t, { groupId, topic });
	await eventually(
		() =>
			owners.partitionsOf("w-1").length === 2 &&
			owners.partitionsOf("w-2").length === 2,
	);
	assert.deepEqual(owners.partitionsOf("nobody"), []);

	const producer = await openProducer(t);
	const records = ["w-1", "w-2"].flatMap((clientId) =>
		owners.partitionsOf(clientId).map((partition) => ({
			...message(topic, clientId, "the same key"),
			partition,
		})),
	);
	const positions = await producer.send(records);
	assert.deepEqual(
		positions.map(({ partition }) => partition),
		records.map(({ partition }) => partition),
	);
	await eventually(() => seen.length === 4);
	for (const [clientId, text] of seen) assert.equal(text, clientId);

	await second.stop();
	await eventually(
		() =>
			owners.partitionsOf("w-1").length === 4 &&
			owners.partitionsOf("w-2").length === 0,
	);
});

test("watchPartitionOwners: what was read long ago is not used", async (t) => {
	const topic = await createTopic(t, 1);
	const groupId = randomName();
	const member = await openConsumer(t, {
		groupId,
		clientId: "w-1",
		topics: [topic],
		handleBatch: async () => {},
	});
	await member.ready();
	const owners = ownersOf(t, { groupId, topic, maxAgeMs: 400 });
	await eventually(() => owners.partitionsOf("w-1").length === 1);
	await owners.close();
	await eventually(() => owners.partitionsOf("w-1").length === 0);
});
