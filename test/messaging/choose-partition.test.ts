import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import kafkajs from "kafkajs";
import {
	createPartitioner,
	murmur2,
} from "../../src/messaging/choose-partition.ts";

/** Of Kafka's own tests (UtilsTest.testMurmur2). */
const known: [text: string, hash: number][] = [
	["21", -973932308],
	["foobar", -790332482],
	["a-little-bit-long-string", -985981536],
	["a-little-bit-longer-string", -1486304829],
	["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
	["abc", 479470107],
];

/** As kafkajs describes a topic of which not all partitions have a leader. */
function someTopic(partitions: number, leaderless: readonly number[] = []) {
	return Array.from({ length: partitions }, (_, partitionId) => ({
		partitionId,
		leader: leaderless.includes(partitionId) ? -1 : 1,
		partitionErrorCode: 0,
		replicas: [],
		isr: [],
	}));
}

test("choose partition: the hash is that of the Java client", () => {
	for (const [text, hash] of known)
		assert.equal(murmur2(Buffer.from(text)), hash, text);
});

test("choose partition: every key has the partition that kafkajs gives it", () => {
	const choose = createPartitioner();
	const theirs = kafkajs.Partitioners.DefaultPartitioner();
	const anyKey = fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.string());
	fc.assert(
		fc.property(anyKey, fc.integer({ min: 1, max: 60 }), (bytes, count) => {
			const key = typeof bytes === "string" ? bytes : Buffer.from(bytes);
			const args = {
				topic: "t",
				partitionMetadata: someTopic(count),
				message: { key, value: null },
			};
			assert.equal(choose(args), theirs(args));
		}),
		{ numRuns: 3_000 },
	);
});

test("choose partition: a key of many megabytes is no more than many short ones", () => {
	// kafkajs's hash would take days for this.
	const key = Buffer.alloc(16 * 1_048_576, "key ");
	assert.equal(murmur2(key), murmur2(Buffer.from(key)));
});

test("choose partition: what has no key goes round the partitions that have a leader", () => {
	const choose = createPartitioner();
	const partitionMetadata = someTopic(4, [2]);
	const message = { key: null, value: null };
	const chosen = Array.from({ length: 6 }, () =>
		choose({ topic: "t", partitionMetadata, message }),
	);
	assert.deepEqual(new Set(chosen), new Set([0, 1, 3]));
	assert.deepEqual(chosen.slice(0, 3), chosen.slice(3));
	const away = someTopic(2, [0, 1]);
	const left = choose({ topic: "t", partitionMetadata: away, message });
	assert.ok([0, 1].includes(left));
});
