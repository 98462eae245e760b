import assert from "node:assert/strict";
import { test } from "node:test";
import { readFetchResponse } from "../../src/messaging/read-fetch-response.ts";
import { batchBytes, budgetOf } from "./batch-bytes.ts";

const int16 = (value: number) => {
	const bytes = Buffer.alloc(2);
	bytes.writeInt16BE(value);
	return bytes;
};
const int32 = (value: number) => {
	const bytes = Buffer.alloc(4);
	bytes.writeInt32BE(value);
	return bytes;
};
const int64 = (value: number) => {
	const bytes = Buffer.alloc(8);
	bytes.writeBigInt64BE(BigInt(value));
	return bytes;
};

/** A broker's answer about one topic, with the records of each of its partitions. */
function answer(topic: string, partitions: readonly Buffer[]): Buffer {
	return Buffer.concat([
		...[int32(11), int16(0), int32(5)],
		...[int32(1), int16(topic.length), Buffer.from(topic)],
		int32(partitions.length),
		...partitions.flatMap((records, partition) => [
			...[int32(partition), int16(0), int64(9), int64(8), int64(7)],
			...[int32(1), int64(3), int64(4), int32(-1)],
			...[int32(records.length), records],
		]),
	]);
}

const numbers = async (firstOffset: number, count: number) =>
	await batchBytes(
		Array.from({ length: count }, (_, n) => ({ value: String(n) })),
		{ firstOffset },
	);

test("fetch response: says of each partition what the broker says", async () => {
	const bytes = answer("tast", [await numbers(4, 2), Buffer.alloc(0)]);
	const response = await readFetchResponse(bytes, budgetOf(1_000_000));
	const { responses, ...rest } = response;
	assert.deepEqual(rest, {
		throttleTime: 0,
		clientSideThrottleTime: 11,
		errorCode: 0,
		sessionId: 5,
	});
	assert.equal(responses[0]?.topicName, "tast");
	const [first, second] = responses[0]?.partitions ?? [];
	const { messages, ...facts } = first ?? { messages: [] };
	assert.deepEqual(facts, {
		partition: 0,
		errorCode: 0,
		highWatermark: "9",
		lastStableOffset: "8",
		lastStartOffset: "7",
		abortedTransactions: [{ producerId: "3", firstOffset: "4" }],
		preferredReadReplica: -1,
	});
	assert.deepEqual(
		messages.map(({ offset, value }) => [offset, String(value)]),
		[
			["4", "0"],
			["5", "1"],
		],
	);
	assert.deepEqual(second?.messages, []);
});

test("fetch response: beyond the budget partitions wait, and each has its turn", async () => {
	const large = await batchBytes([{ value: Buffer.alloc(10_000) }]);
	const bytes = answer("t", [large, large, large]);
	const seen = new Set<number>();
	for (let round = 0; round < 100 && seen.size < 3; round += 1) {
		const budget = { maxBatchBytes: 20_000, leftBytes: 5_000 };
		const { responses } = await readFetchResponse(bytes, budget);
		const read = (responses[0]?.partitions ?? []).filter(
			({ messages }) => messages.length > 0,
		);
		assert.equal(read.length, 1);
		seen.add(read[0]?.partition ?? -1);
	}
	assert.deepEqual([...seen].sort(), [0, 1, 2]);
});
