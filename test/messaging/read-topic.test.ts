import assert from "node:assert/strict";
import { test } from "node:test";
import { readTopic } from "../../src/messaging/read-topic.ts";
import { createTopic, kafkaSettings, openAdmin, randomName } from "./broker.ts";
import { numbers, publish } from "./publish.ts";

test("readTopic: all that is on a topic now, of every partition, and nothing is left behind", async (t) => {
	const topic = await createTopic(t, 3);
	const values = numbers(40);
	for (const key of ["a", "b", "c", "d"])
		await publish(topic, values.splice(0, 10), key);
	values.push(...numbers(40));
	const groupPrefix = randomName();
	const read: string[] = [];
	const options = {
		topic,
		groupPrefix,
		signal: new AbortController().signal,
	};
	await readTopic(kafkaSettings(), {
		...options,
		take: (messages) =>
			void read.push(...messages.map(({ value }) => String(value))),
	});
	assert.deepEqual(read.toSorted(), values.toSorted());
	const admin = await openAdmin(t);
	const { groups } = await admin.listGroups();
	assert.ok(!groups.some(({ groupId }) => groupId.startsWith(groupPrefix)));
});

test("readTopic: an empty topic is read at once; who stops waiting is let go", async (t) => {
	const topic = await createTopic(t, 2);
	const options = { topic, groupPrefix: randomName(), take: () => {} };
	const { signal } = new AbortController();
	await readTopic(kafkaSettings(), { ...options, signal });
	await publish(topic, ["value"]);
	const gone = AbortSignal.abort(new Error("stopped"));
	await assert.rejects(
		readTopic(kafkaSettings(), { ...options, signal: gone }),
		/stopped/,
	);
});
