import { promisify } from "node:util";
import { unzip, zstdDecompress } from "node:zlib";
import kafkajs from "kafkajs";
import { decompressFrame } from "lz4-napi";
import { uncompress } from "snappyjs";

const unzipAll = promisify<Buffer, { chunkSize: number }, Buffer>(unzip);
const unzstd = promisify(zstdDecompress);

/** How Java's snappy library frames its blocks; librdkafka and Sarama write either this or a bare block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** Magic, version, and the oldest version that can read it. */
const XERIAL_HEADER_BYTES = 16;

/** Deflate makes a byte of at most so many. */
const MAX_DEFLATE_RATIO = 1_032;
const MIN_CHUNK_BYTES = 64;
const MAX_CHUNK_BYTES = 16 * 1_048_576;

/**
 * Lets kafkajs read snappy, lz4 and zstd, of which we write none, and read gzip into one buffer of the
 * right size instead of many of 16 kB. Safe to call again.
 */
export function registerCompressionCodecs(): void {
	const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
	const gzip = codecs[types.GZIP]();
	codecs[types.GZIP] = () => ({ ...gzip, decompress: readGzip });
	codecs[types.Snappy] = readOnly("snappy", async (bytes) => readSnappy(bytes));
	codecs[types.LZ4] = readOnly("lz4", decompressFrame);
	codecs[types.ZSTD] = readOnly("zstd", unzstd);
}

function readOnly(
	name: string,
	decompress: (bytes: Buffer) => Promise<Buffer>,
) {
	return () => ({
		decompress,
		compress: async () => {
			throw new Error(`cannot write ${name}: use gzip or none`);
		},
	});
}

/** Gzip or zlib, of one member or many. */
export async function readGzip(bytes: Buffer): Promise<Buffer> {
	return await unzipAll(bytes, { chunkSize: guessLength(bytes) });
}

/** Gzip ends with its length, modulo 2^32; whoever lies about it only makes zlib go on in further buffers. */
function guessLength(bytes: Buffer): number {
	const told = bytes.length < 4 ? 0 : bytes.readUInt32LE(bytes.length - 4);
	const possible = Math.min(
		told,
		bytes.length * MAX_DEFLATE_RATIO,
		MAX_CHUNK_BYTES,
	);
	// With nothing to spare zlib would ask for another buffer to see the end.
	return possible + MIN_CHUNK_BYTES;
}

/** A snappy block, bare or in Java's framing. */
export function readSnappy(bytes: Buffer): Buffer {
	if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
		return uncompress(bytes);
	}
	const blocks: Buffer[] = [];
	for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
		const end = at + 4 + bytes.readUInt32BE(at);
		if (end > bytes.length) throw new Error("snappy block is cut off");
		blocks.push(uncompress(bytes.subarray(at + 4, end)));
		at = end;
	}
	return Buffer.concat(blocks);
}
