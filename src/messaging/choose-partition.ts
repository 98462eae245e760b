import { randomInt } from "node:crypto";
import type { PartitionerArgs } from "kafkajs";

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * Chooses partitions as the Java client does, so that every producer puts a key on the same partition: by the
 * murmur2 hash of the key's bytes, or in turns without a key. kafkajs's own hash is not used: its numbers
 * grow with every four bytes, so that a key of 300 kB blocks the process for minutes.
 */
export function createPartitioner(): (args: PartitionerArgs) => number {
	const turns = new Map<string, number>();
	return ({ topic, partitionMetadata, message: { key } }) => {
		if (key !== null && key !== undefined) {
			return toPositive(murmur2(bytesOf(key))) % partitionMetadata.length;
		}
		const turn = (turns.get(topic) ?? randomInt(2 ** 31)) + 1;
		turns.set(topic, turn);
		// A partition without a leader is chosen only when no partition has one.
		const led = partitionMetadata.filter(({ leader }) => leader >= 0);
		const choice = led.length > 0 ? led : partitionMetadata;
		return choice[turn % choice.length]?.partitionId ?? 0;
	};
}

/** The signed 32-bit hash of Kafka's clients, in linear time. */
export function murmur2(bytes: Buffer): number {
	const wholeEnd = bytes.length & ~3;
	let hash = SEED ^ bytes.length;
	for (let at = 0; at < wholeEnd; at += 4) {
		let word = Math.imul(bytes.readInt32LE(at), M);
		word ^= word >>> 24;
		hash = Math.imul(hash, M) ^ Math.imul(word, M);
	}
	let rest = 0;
	for (let at = bytes.length - 1; at >= wholeEnd; at -= 1)
		rest = (rest << 8) | (bytes[at] as number);
	if (wholeEnd < bytes.length) hash = Math.imul(hash ^ rest, M);
	hash = Math.imul(hash ^ (hash >>> 13), M);
	return hash ^ (hash >>> 15);
}

/** Not the absolute value: the sign is dropped, as the Java client does. */
function toPositive(hash: number): number {
	return hash & 0x7fffffff;
}

function bytesOf(key: Buffer | string): Buffer {
	return typeof key === "string" ? Buffer.from(key) : key;
}
