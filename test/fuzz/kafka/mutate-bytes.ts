import type { Random } from "../../chaos/random.ts";

type Mutation = (bytes: Buffer, random: Random) => Buffer | null;

const MAX_NOISE_BYTES = 400;

const mutations: readonly Mutation[] = [
	() => null,
	() => Buffer.alloc(0),
	(bytes, random) => bytes.subarray(0, random.between(0, bytes.length)),
	(bytes) => Buffer.concat([Buffer.from("\ufeff"), bytes]),
	(bytes) => Buffer.concat([bytes, bytes]),
	(bytes) => Buffer.from(bytes.toString(), "utf16le"),
	(bytes, random) => flip(bytes, random),
	(_bytes, random) => noise(random),
	// Confluent's framing: before JSON, before Avro that is none, and cut off.
	(bytes, random) => Buffer.concat([frame(random), bytes]),
	(_bytes, random) => Buffer.concat([frame(random), noise(random)]),
	(_bytes, random) => frame(random).subarray(0, random.between(1, 5)),
];

/** The bytes changed beneath whatever they mean; null is a tombstone. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer | null {
	return random.pick(mutations)(bytes, random);
}

export function noise(random: Random, maxLength = MAX_NOISE_BYTES): Buffer {
	const length = random.between(0, maxLength);
	return Buffer.from(Array.from({ length }, () => random.between(0, 255)));
}

function frame(random: Random): Buffer {
	const bytes = Buffer.alloc(5);
	bytes.writeUInt32BE(random.pick([0, 1, 7, 100_000, 4_000_000_000]), 1);
	return bytes;
}

/** Some byte is another one: no UTF-8 any more, more often than not. */
function flip(bytes: Buffer, random: Random): Buffer {
	const copy = Buffer.from(bytes);
	if (copy.length > 0)
		copy[random.between(0, copy.length - 1)] = random.between(128, 255);
	return copy;
}
