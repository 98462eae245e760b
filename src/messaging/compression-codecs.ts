import { promisify } from "node:util";
import { type ZstdOptions, zstdDecompress } from "node:zlib";
import kafkajs from "kafkajs";
import { decompressFrame } from "lz4-napi";
import { uncompress } from "snappyjs";
import { atMost, readGzip, withinLimit, writeGzip } from "../gzip.ts";
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

const unzstd = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);

/** A chunk of output is at least so many times as large as the input, see `gzip.ts`. */
const MIN_ZSTD_RATIO = 512;
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

/** Size of a chunk of output. */
export function zstdChunkBytes(bytes: Buffer, maxBytes: number): number {
	return atMost(maxBytes, bytes.length * MIN_ZSTD_RATIO);
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
