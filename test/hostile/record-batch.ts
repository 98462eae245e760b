import { createRequire } from "node:module";

/** A record as anybody may write it: every field is bytes. */
export interface RawRecord {
	key?: Buffer | null;
	value: Buffer | null;
	/** May repeat; a value may be null. */
	headers?: readonly (readonly [name: string | Buffer, value: Buffer | null])[];
	timestampMs?: number;
}

export const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
export type Codec = keyof typeof codecs;

/** Records in whatever form; the batch says what it wants of them. */
export interface RawBatch {
	codec: Codec;
	/** How many records the batch says it has. */
	count: number;
	/** The records, compressed with the codec. */
	bytes: Buffer;
	firstTimestampMs: number;
	maxTimestampMs: number;
}

const MAGIC = 2;
const NO_PRODUCER = -1n;

const require = createRequire(import.meta.url);
const crc32c: (
	bytes: Buffer,
) => number = require("kafkajs/src/protocol/recordBatch/crc32C");

/** The records as a batch has them before compression. */
export function encodeRecords(records: readonly RawRecord[]): Buffer {
	const firstMs = firstTimestampOf(records);
	return Buffer.concat(
		records.map((record, index) => encodeRecord(record, index, firstMs)),
	);
}

export function firstTimestampOf(records: readonly RawRecord[]): number {
	return records[0]?.timestampMs ?? Date.now();
}

function encodeRecord(
	{ key = null, value, headers = [], timestampMs }: RawRecord,
	offsetDelta: number,
	firstMs: number,
): Buffer {
	const body = Buffer.concat([
		Buffer.of(0),
		varint((timestampMs ?? firstMs) - firstMs),
		varint(offsetDelta),
		varBytes(key),
		varBytes(value),
		varint(headers.length),
		...headers.flatMap(([name, text]) => [
			varBytes(Buffer.from(name)),
			varBytes(text),
		]),
	]);
	return Buffer.concat([varint(body.length), body]);
}

/** A record batch of the second format, as it lies in a produce request. */
export function encodeBatch({
	codec,
	count,
	bytes,
	firstTimestampMs,
	maxTimestampMs,
}: RawBatch): Buffer {
	const body = Buffer.concat([
		int16(codecs[codec]),
		int32(count - 1),
		int64(BigInt(firstTimestampMs)),
		int64(BigInt(maxTimestampMs)),
		int64(NO_PRODUCER),
		int16(-1),
		int32(-1),
		int32(count),
		bytes,
	]);
	const rest = Buffer.concat([
		int32(0),
		Buffer.of(MAGIC),
		int32(crc32c(body) | 0),
		body,
	]);
	return Buffer.concat([int64(0n), int32(rest.length), rest]);
}

/** Zigzag, seven bits a byte: numbers of any size. */
export function varint(value: number): Buffer {
	const bytes: number[] = [];
	const wide = BigInt(value);
	let rest = wide >= 0n ? wide << 1n : (-wide << 1n) - 1n;
	for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
	bytes.push(Number(rest));
	return Buffer.from(bytes);
}

function varBytes(bytes: Buffer | null): Buffer {
	if (bytes === null) return varint(-1);
	return Buffer.concat([varint(bytes.length), bytes]);
}

export function int16(value: number): Buffer {
	const bytes = Buffer.alloc(2);
	bytes.writeInt16BE(value);
	return bytes;
}

export function int32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeInt32BE(value);
	return bytes;
}

function int64(value: bigint): Buffer {
	const bytes = Buffer.alloc(8);
	bytes.writeBigInt64BE(value);
	return bytes;
}
