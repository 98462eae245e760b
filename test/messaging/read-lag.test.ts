import assert from "node:assert/strict";
import { test } from "node:test";
import { createLagReader } from "../../src/messaging/read-lag.ts";
import { createTopic, kafkaSettings, openAdmin, randomName } from "./broker.ts";
import { numbers, publish } from "./publish.ts";

test("lag: what a group has still to read, also of a group that never began, and of records Kafka deleted", async (t) => {
	const [topic, groupId, fresh] = [
		await createTopic(t),
		randomName(),
		randomName(),
	];
	await publish(topic, numbers(10));
	const admin = await openAdmin(t);
	const at = (offset: string) => [{ partition: 0, offset }];
	await admin.setOffsets({ groupId, topic, partitions: at("7") });
	const reader = createLagReader(kafkaSettings(), [
		{ groupId, topics: [topic, randomName()] },
		{ groupId: fresh, topics: [topic] },
	]);
	t.after(() => reader.close());
	const lag = (group: string, count: number) => ({
		...{ groupId: group, topic, partition: 0, lag: count },
	});
	assert.deepEqual(await reader.read(), [lag(groupId, 3), lag(fresh, 10)]);
	await admin.deleteTopicRecords({ topic, partitions: at("9") });
	assert.deepEqual(await reader.read(), [lag(groupId, 1), lag(fresh, 1)]);
});
