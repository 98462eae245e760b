import assert from "node:assert/strict";
import { test } from "node:test";
import { findUnreadGaps } from "../../src/messaging/inspect-groups.ts";
import { createTopic, kafkaSettings, openAdmin, randomName } from "./broker.ts";
import { numbers, publish } from "./publish.ts";

test("inspect groups: finds what was deleted before a group came to it, and nothing else", async (t) => {
	const [topic, other] = [await createTopic(t), await createTopic(t)];
	const [groupId, fresh] = [randomName(), randomName()];
	await publish(topic, numbers(10));
	const admin = await openAdmin(t);
	const at = (offset: string) => [{ partition: 0, offset }];
	await admin.setOffsets({ groupId, topic, partitions: at("3") });
	await admin.setOffsets({ groupId, topic: other, partitions: at("0") });
	const groups = [
		{ groupId, topics: [topic, other, randomName()] },
		{ groupId: fresh, topics: [topic] },
	];
	assert.deepEqual(await findUnreadGaps(kafkaSettings(), groups), []);
	await admin.fetchTopicOffsets(topic);
	await admin.deleteTopicRecords({ topic, partitions: at("8") });
	assert.deepEqual(await findUnreadGaps(kafkaSettings(), groups), [
		{ groupId, topic, partition: 0, wanted: 3n, first: 8n },
	]);
});
