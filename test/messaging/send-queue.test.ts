import assert from "node:assert/strict";
import { test } from "node:test";
import { fromText } from "../../src/messaging/outgoing-message.ts";
import { createSendQueue } from "../../src/messaging/send-queue.ts";

const bounds = { timeoutMs: 60_000 };
const someMessage = (text: string) =>
	fromText({ topic: "t", key: null, value: Buffer.from(text) });

test("send queue: 100,000 senders wait in line and are answered in their order", async () => {
	const queue = createSendQueue("broker");
	const sends = Array.from({ length: 100_000 }, (_, n) =>
		queue.add([someMessage(String(n))], bounds),
	);
	let taken = 0;
	for (let request = queue.take(); request.length > 0; request = queue.take()) {
		assert.ok(request.length <= 1_000);
		for (const { message, acknowledge } of request) {
			if (String(message.value) !== String(taken)) assert.fail("out of order");
			acknowledge({ topic: "t", partition: 0, offset: String(taken) });
			taken += 1;
		}
	}
	const positions = (await Promise.all(sends)).flat();
	assert.equal(taken, 100_000);
	assert.ok(positions.every(({ offset }, n) => offset === String(n)));
});

test("send queue: what nobody waits for any more is passed over, and its room is free again", async () => {
	const queue = createSendQueue("broker");
	const giveUp = new AbortController();
	const large = Buffer.alloc(60 * 1_048_576);
	const message = { topic: "t", key: null, value: large, headers: [] };
	const abandoned = queue.add([message], { ...bounds, signal: giveUp.signal });
	await assert.rejects(queue.add([message], bounds), {
		code: "PUBLISH_UNCONFIRMED",
	});
	giveUp.abort();
	await assert.rejects(abandoned, /gave up/);
	assert.deepEqual(queue.take(), []);
	const next = queue.add([message], bounds);
	const [taken] = queue.take();
	taken?.acknowledge({ topic: "t", partition: 0, offset: "0" });
	assert.equal((await next).length, 1);
});
