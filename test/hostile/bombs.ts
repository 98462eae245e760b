import { once } from "node:events";
import { createGzip } from "node:zlib";
import { compressFrame } from "lz4-napi";
import { type RawBatch, varint } from "./record-batch.ts";

export type BombCodec = "gzip" | "snappy" | "lz4" | "zstd";

/** One record whose value is so many zeros, as a batch that is far smaller. */
export async function craftBomb(
	codec: BombCodec,
	plainBytes: number,
): Promise<RawBatch> {
	const nowMs = Date.now();
	return {
		codec,
		count: 1,
		bytes: await crafts[codec](headOf(plainBytes), plainBytes + 1),
		firstTimestampMs: nowMs,
		maxTimestampMs: nowMs,
	};
}

/**
 * Everything of the record before its value's zeros; the number of its headers, behind them, is one
 * zero more.
 */
function headOf(plainBytes: number): Buffer {
	const fields = Buffer.concat([
		Buffer.of(0, 0, 0),
		varint(-1),
		varint(plainBytes),
	]);
	return Buffer.concat([varint(fields.length + plainBytes + 1), fields]);
}

const crafts: Record<
	BombCodec,
	(head: Buffer, zeros: number) => Promise<Buffer> | Buffer
> = { gzip: craftGzip, snappy: craftSnappy, lz4: craftLz4, zstd: craftZstd };

const PIECE_BYTES = 1_048_576;

async function craftGzip(head: Buffer, zeros: number): Promise<Buffer> {
	const gzip = createGzip({ level: 9 });
	const parts: Buffer[] = [];
	gzip.on("data", (part: Buffer) => parts.push(part));
	gzip.write(head);
	const piece = Buffer.alloc(PIECE_BYTES);
	for (let left = zeros; left > 0; left -= PIECE_BYTES)
		if (!gzip.write(piece.subarray(0, Math.min(left, PIECE_BYTES))))
			await once(gzip, "drain");
	gzip.end();
	await once(gzip, "end");
	return Buffer.concat(parts);
}

/** As Java's library frames it; of 64 bytes three are left, more no snappy can do. */
function craftSnappy(head: Buffer, zeros: number): Buffer {
	const blocks: Buffer[] = [
		Buffer.from("\u0082SNAPPY\0\0\0\0\u0001\0\0\0\u0001", "latin1"),
	];
	const add = (block: Buffer) => {
		const length = Buffer.alloc(4);
		length.writeUInt32BE(block.length);
		blocks.push(length, block);
	};
	add(snappyBlock(head, 0));
	const whole = snappyBlock(Buffer.of(0), SNAPPY_COPIES);
	const wholeBytes = 1 + SNAPPY_COPIES * SNAPPY_COPY_BYTES;
	let left = zeros;
	for (; left >= wholeBytes; left -= wholeBytes) add(whole);
	for (; left > 0; left -= SNAPPY_COPY_BYTES)
		add(snappyBlock(Buffer.alloc(Math.min(left, SNAPPY_COPY_BYTES)), 0));
	return Buffer.concat(blocks);
}

const SNAPPY_COPY_BYTES = 64;
const SNAPPY_COPIES = 1_023;

/** A literal of at most 64 bytes, then copies of its last byte. */
function snappyBlock(literal: Buffer, copies: number): Buffer {
	const length = literal.length + copies * SNAPPY_COPY_BYTES;
	const copy = Buffer.of(((SNAPPY_COPY_BYTES - 1) << 2) | 2, 1, 0);
	return Buffer.concat([
		unsignedVarint(length),
		literalTag(literal.length),
		literal,
		...Array.from({ length: copies }, () => copy),
	]);
}

function literalTag(length: number): Buffer {
	if (length <= 60) return Buffer.of((length - 1) << 2);
	return Buffer.of(60 << 2, length - 1);
}

function unsignedVarint(value: number): Buffer {
	const bytes: number[] = [];
	let rest = value;
	for (; rest > 0x7f; rest = Math.floor(rest / 128))
		bytes.push((rest % 128) | 0x80);
	bytes.push(rest);
	return Buffer.from(bytes);
}

const LZ4_HEADER_BYTES = 7;
const LZ4_BLOCK_BYTES = 65_536;
const LZ4_PLAIN = 0x8000_0000;

/** A frame's own header, then blocks that do not know of each other: first what stands as it is, then zeros. */
async function craftLz4(head: Buffer, zeros: number): Promise<Buffer> {
	const frameOf = (length: number) => compressFrame(Buffer.alloc(length));
	const whole = await frameOf(LZ4_BLOCK_BYTES);
	const header = whole.subarray(0, LZ4_HEADER_BYTES);
	const blockOf = (frame: Buffer) =>
		frame.subarray(LZ4_HEADER_BYTES, frame.length - 4);
	const wholeCount = Math.floor(zeros / LZ4_BLOCK_BYTES);
	return Buffer.concat([
		header,
		plainLz4Block(head),
		...Array.from({ length: wholeCount }, () => blockOf(whole)),
		plainLz4Block(Buffer.alloc(zeros % LZ4_BLOCK_BYTES)),
		Buffer.alloc(4),
	]);
}

function plainLz4Block(bytes: Buffer): Buffer {
	if (bytes.length === 0) return bytes;
	const length = Buffer.alloc(4);
	length.writeUInt32LE(LZ4_PLAIN + bytes.length);
	return Buffer.concat([length, bytes]);
}

const ZSTD_BLOCK_BYTES = 131_072;
/** Magic; a frame that says no length; a window of one block. */
const ZSTD_HEADER = Buffer.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38);
const ZSTD_PLAIN = 0;
const ZSTD_REPEATED = 1;

/** Four bytes are 128 KB. */
function craftZstd(head: Buffer, zeros: number): Buffer {
	const blocks = [ZSTD_HEADER, zstdBlock(ZSTD_PLAIN, head.length), head];
	for (let left = zeros; left > 0; left -= ZSTD_BLOCK_BYTES) {
		const length = Math.min(left, ZSTD_BLOCK_BYTES);
		const isLast = left <= ZSTD_BLOCK_BYTES;
		blocks.push(zstdBlock(ZSTD_REPEATED, length, isLast), Buffer.of(0));
	}
	return Buffer.concat(blocks);
}

function zstdBlock(kind: number, length: number, isLast = false): Buffer {
	const header = Buffer.alloc(3);
	header.writeUIntLE((length << 3) | (kind << 1) | (isLast ? 1 : 0), 0, 3);
	return header;
}
