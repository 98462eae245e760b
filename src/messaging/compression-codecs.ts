import { promisify } from "node:util";
import {
	gzip,
	gzipSync,
	unzip,
	unzipSync,
	type ZlibOptions,
	type ZstdOptions,
	zstdDecompress,
} from "node:zlib";
import kafkajs from "kafkajs";
import { decompressFrame } from "lz4-napi";
import { uncompress } from "snappyjs";
import {
	lz4Length,
	snappyBlocks,
	snappyLength,
} from "./decompressed-length.ts";

/**
 * Decompresses the bytes. undefined when the result is larger than `maxBytes`; no more memory than that was
 * used then. Throws when the bytes are not of this codec.
 */
export type ReadCompressed = (
	bytes: Buffer,
	maxBytes: number,
) => Promise<Buffer | undefined>;

const zip = promisify<Buffer, Buffer>(gzip);
const unzipAll = promisify<Buffer, ZlibOptions, Buffer>(unzip);
const unzstd = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);

/** The largest number of bytes that deflate makes from one. */
const MAX_DEFLATE_RATIO = 1_032;
/**
 * Every chunk of output is one round trip to a thread, during which others of this process wait for their turn.
 * Of whatever is claimed about the length, a chunk is at least so many times as large as the input.
 */
const MIN_GZIP_RATIO = 16;
const MIN_ZSTD_RATIO = 512;
/** So few bytes take this thread 0.04 ms, and a round trip to another one 0.15 (process CPU, 8 kB of tickets). */
const SMALL_BYTES = 65_536;
/** With an exact size zlib would need another buffer to see the end. */
const SPARE_BYTES = 64;
const MAX_CHUNK_BYTES = 16 * 1_048_576;
/** Limit for old message formats; batches of today's format are read by `read-record-batches.ts`. */
const MAX_OLD_FORMAT_BYTES = 64 * 1_048_576;

/** Every codec there is, by its number in the attributes of a batch. */
export const compressedReaders: Readonly<Record<number, ReadCompressed>> = {
	[kafkajs.CompressionTypes.GZIP]: readGzip,
	[kafkajs.CompressionTypes.Snappy]: async (bytes, maxBytes) =>
		readSnappy(bytes, maxBytes),
	[kafkajs.CompressionTypes.LZ4]: readLz4,
	[kafkajs.CompressionTypes.ZSTD]: readZstd,
};

/**
 * Lets kafkajs read snappy, lz4 and zstd, and every codec within a limit. Safe to call again. This service
 * writes none of them.
 */
export function registerCompressionCodecs(): void {
	const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
	codecs[types.GZIP] = () => ({
		compress: async ({ buffer }: { buffer: Buffer }) => await writeGzip(buffer),
		decompress: bounded(readGzip),
	});
	for (const name of ["Snappy", "LZ4", "ZSTD"] as const) {
		const read = compressedReaders[types[name]] as ReadCompressed;
		codecs[types[name]] = () => ({
			decompress: bounded(read),
			compress: async () => {
				throw new Error(`cannot write ${name}: use gzip or none`);
			},
		});
	}
}

function bounded(read: ReadCompressed) {
	return async (bytes: Buffer): Promise<Buffer> => {
		const whole = await read(bytes, MAX_OLD_FORMAT_BYTES);
		if (whole !== undefined) return whole;
		throw new Error(`more than ${MAX_OLD_FORMAT_BYTES} bytes in one message`);
	};
}

async function writeGzip(bytes: Buffer): Promise<Buffer> {
	return bytes.length <= SMALL_BYTES ? gzipSync(bytes) : await zip(bytes);
}

/** Gzip or zlib, of one member or many; read into one buffer of the right size instead of many of 16 kB. */
export async function readGzip(
	bytes: Buffer,
	maxBytes: number,
): Promise<Buffer | undefined> {
	const chunkSize = gzipChunkBytes(bytes, maxBytes);
	const isSmall = chunkSize <= SMALL_BYTES;
	const small = isSmall && (await unzipSmall(bytes, chunkSize, maxBytes));
	if (small) return small;
	const options = { chunkSize, maxOutputLength: maxBytes };
	return await withinLimit(() => unzipAll(bytes, options));
}

/** undefined: it is longer than it says, which another thread is to find out. */
async function unzipSmall(
	bytes: Buffer,
	chunkSize: number,
	maxBytes: number,
): Promise<Buffer | undefined> {
	const maxOutputLength = Math.min(maxBytes, SMALL_BYTES);
	return await withinLimit(() =>
		unzipSync(bytes, { chunkSize, maxOutputLength }),
	);
}

async function readZstd(
	bytes: Buffer,
	maxBytes: number,
): Promise<Buffer | undefined> {
	return await withinLimit(() =>
		unzstd(bytes, {
			chunkSize: zstdChunkBytes(bytes, maxBytes),
			maxOutputLength: maxBytes,
		}),
	);
}

async function withinLimit(
	read: () => Buffer | Promise<Buffer>,
): Promise<Buffer | undefined> {
	try {
		return await read();
	} catch (error) {
		const { code } = error as { code?: unknown };
		if (code === "ERR_BUFFER_TOO_LARGE") return undefined;
		throw error;
	}
}

/** Size of a chunk of output. Gzip ends with its length, modulo 2^32; where that is wrong, zlib needs more chunks. */
export function gzipChunkBytes(bytes: Buffer, maxBytes: number): number {
	const told = bytes.length < 4 ? 0 : bytes.readUInt32LE(bytes.length - 4);
	const possible = Math.min(told, bytes.length * MAX_DEFLATE_RATIO);
	return atMost(maxBytes, Math.max(possible, bytes.length * MIN_GZIP_RATIO));
}

/** Size of a chunk of output. */
export function zstdChunkBytes(bytes: Buffer, maxBytes: number): number {
	return atMost(maxBytes, bytes.length * MIN_ZSTD_RATIO);
}

function atMost(maxBytes: number, chunkBytes: number): number {
	return Math.min(chunkBytes, maxBytes, MAX_CHUNK_BYTES) + SPARE_BYTES;
}

/** A snappy block, bare or in Java's framing. */
export function readSnappy(
	bytes: Buffer,
	maxBytes: number,
): Buffer | undefined {
	const blocks = snappyBlocks(bytes);
	const length = blocks.reduce((sum, block) => sum + snappyLength(block), 0);
	return length > maxBytes
		? undefined
		: Buffer.concat(blocks.map((block) => uncompress(block)));
}

async function readLz4(
	bytes: Buffer,
	maxBytes: number,
): Promise<Buffer | undefined> {
	return lz4Length(bytes) > maxBytes ? undefined : await decompressFrame(bytes);
}
