import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import kafkajs from "kafkajs";
import { decompressFrame } from "lz4-napi";
import { uncompress } from "snappyjs";

const unzstd = promisify(zstdDecompress);

/** How Java's snappy library frames its blocks; librdkafka and Sarama write either this or a bare block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** Magic, version, and the oldest version that can read it. */
const XERIAL_HEADER_BYTES = 16;

/** Lets kafkajs read snappy, lz4 and zstd besides the gzip it brings. We write none of them. Safe to call again. */
export function registerCompressionCodecs(): void {
	const { CompressionCodecs: codecs, CompressionTypes: types } = kafkajs;
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
