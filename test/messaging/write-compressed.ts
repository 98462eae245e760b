import { promisify } from "node:util";
import { zstdCompress } from "node:zlib";
import kafkajs from "kafkajs";
import { compressFrame } from "lz4-napi";
import { compress } from "snappyjs";
import { registerCompressionCodecs } from "../../src/messaging/compression-codecs.ts";
import { patchKafkajs } from "../../src/messaging/kafkajs-patch.ts";
import { brokers } from "./broker.ts";

/** As Java's library writes it: 16 bytes of header, then blocks with their lengths. */
export function compressXerial(bytes: Buffer): Buffer {
	const header = Buffer.concat([
		Buffer.from("\u0082SNAPPY\0", "latin1"),
		Buffer.from([0, 0, 0, 1, 0, 0, 0, 1]),
	]);
	const blocks: Buffer[] = [header];
	for (let at = 0; at < bytes.length; at += 32_768) {
		const block = compress(bytes.subarray(at, at + 32_768));
		const length = Buffer.alloc(4);
		length.writeUInt32BE(block.length);
		blocks.push(length, block);
	}
	return Buffer.concat(blocks);
}

/** Ways to write batches that producers in the field use. */
export const codecWriters = {
	"snappy, bare": {
		type: kafkajs.CompressionTypes.Snappy,
		compress: async (bytes: Buffer) => compress(bytes),
	},
	"snappy, framed": {
		type: kafkajs.CompressionTypes.Snappy,
		compress: async (bytes: Buffer) => compressXerial(bytes),
	},
	lz4: {
		type: kafkajs.CompressionTypes.LZ4,
		compress: (bytes: Buffer) =>
			compressFrame(bytes, { contentChecksum: true }),
	},
	"lz4 with block checksums": {
		type: kafkajs.CompressionTypes.LZ4,
		compress: (bytes: Buffer) => compressFrame(bytes, { blockChecksums: true }),
	},
	zstd: {
		type: kafkajs.CompressionTypes.ZSTD,
		compress: promisify(zstdCompress) as (bytes: Buffer) => Promise<Buffer>,
	},
	gzip: { type: kafkajs.CompressionTypes.GZIP, compress: undefined },
};

/** Puts the texts on the topic in one batch, compressed that way. */
export async function writeCompressed(
	topic: string,
	texts: string[],
	{ type, compress }: (typeof codecWriters)[keyof typeof codecWriters],
): Promise<void> {
	patchKafkajs();
	registerCompressionCodecs();
	const codecs = kafkajs.CompressionCodecs as Record<number, () => object>;
	const ours = codecs[type]?.();
	if (compress !== undefined)
		codecs[type] = () => ({
			...ours,
			compress: (encoder: { buffer: Buffer }) => compress(encoder.buffer),
		});
	const producer = new kafkajs.Kafka({
		brokers: brokers(),
		logLevel: kafkajs.logLevel.NOTHING,
	}).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
	await producer.connect();
	await producer.send({
		topic,
		compression: type,
		messages: texts.map((value) => ({ value })),
	});
	await producer.disconnect();
	registerCompressionCodecs();
}
