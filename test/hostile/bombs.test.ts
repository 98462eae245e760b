import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { decompressFrame } from "lz4-napi";
import { readSnappy } from "../../src/messaging/compression-codecs.ts";
import { type BombCodec, craftBomb } from "./bombs.ts";
import { encodeRecords } from "./record-batch.ts";

const MAX_BYTES = 10_000_000;

const readers: Record<BombCodec, (bytes: Buffer) => Promise<Buffer> | Buffer> =
	{
		gzip: gunzipSync,
		zstd: zstdDecompressSync,
		lz4: decompressFrame,
		snappy: (bytes) => readSnappy(bytes, MAX_BYTES) as Buffer,
	};

for (const codec of Object.keys(readers) as BombCodec[])
	test(`craftBomb: ${codec}: small outside, one record of zeros inside`, async () => {
		for (const plainBytes of [10, 65_536, 1_000_003]) {
			const { bytes, count } = await craftBomb(codec, plainBytes);
			const [honest] = [encodeRecords([{ value: Buffer.alloc(plainBytes) }])];
			const plain = await readers[codec](bytes);
			assert.ok(plain.equals(honest as Buffer), `${plainBytes} bytes`);
			assert.equal(count, 1);
		}
		const { bytes } = await craftBomb(codec, 3_000_000);
		assert.ok(bytes.length < 200_000, `${bytes.length} bytes outside`);
	});
