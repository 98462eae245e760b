import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { Payload, PayloadCodec } from "@temporalio/common";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Smaller payloads stay readable in Temporal's web UI, and cost nothing (protocol.md, "Who owns what"). */
const THRESHOLD_BYTES = 8 * 1024;
const ENCODING = "binary/gzip";
/** A payload that unpacks to more than this is not one of ours. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
/** Where the encoding of what was compressed is kept. */
const INNER_ENCODING = "inner-encoding";

/**
 * Compresses large payloads: plans, ticket lists and carried state are a tenth of their size then.
 * Every client and worker must have it.
 */
export const compressionCodec: PayloadCodec = {
	encode: (payloads) => Promise.all(payloads.map(encode)),
	decode: (payloads) => Promise.all(payloads.map(decode)),
};

async function encode(payload: Payload): Promise<Payload> {
	const { data, metadata } = payload;
	if (!data || data.length < THRESHOLD_BYTES) return payload;
	return {
		metadata: {
			...metadata,
			encoding: Buffer.from(ENCODING),
			[INNER_ENCODING]: metadata?.encoding ?? Buffer.alloc(0),
		},
		data: await compress(data, { level: 1 }),
	};
}

async function decode(payload: Payload): Promise<Payload> {
	const { encoding, [INNER_ENCODING]: inner, ...rest } = payload.metadata ?? {};
	if (encoding === undefined || inner === undefined) return payload;
	if (Buffer.from(encoding).toString() !== ENCODING) return payload;
	return {
		metadata: { ...rest, encoding: inner },
		data: await decompress(payload.data ?? Buffer.alloc(0), {
			maxOutputLength: MAX_UNPACKED_BYTES,
		}),
	};
}
