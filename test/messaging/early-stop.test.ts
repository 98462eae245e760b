import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { brokers, randomName } from "./broker.ts";

const program = `
	import { createBatchConsumer } from ${JSON.stringify(new URL("../../src/messaging/consumer.ts", import.meta.url).href)};
	const silent = () => {};
	const consumer = await createBatchConsumer({
		brokers: ${JSON.stringify(brokers())},
		clientId: "early", groupId: "${randomName()}", topics: ["${randomName()}"],
		fromBeginning: true, concurrency: 1, handleBatch: async () => {},
		log: { debug: silent, info: silent, warn: silent, error: silent },
	});
	await consumer.stop();
	console.log("stopped");
`;

test("consumer: stopped while it still connects, it leaves nothing that keeps the process alive", async () => {
	const args = ["--input-type=module", "--eval", program];
	// The time-out kills a process that does not end, which rejects.
	const { stdout } = await promisify(execFile)(process.execPath, args, {
		timeout: 30_000,
	});
	assert.equal(stdout, "stopped\n");
});
