import path from "node:path";
import type {
	DataConverter,
	Payload,
	PayloadCodec,
	SerializationContext,
} from "@temporalio/common";
import { readGzip, writeGzip } from "../gzip.ts";

/** Smaller payloads stay readable in Temporal's web UI, and cost nothing (protocol.md, "Who owns what"). */
const THRESHOLD_BYTES = 8 * 1024;
/** A local activity's input never leaves the process; its result is in the history. */
const LOCAL_THRESHOLD_BYTES = 64 * 1024;
const ENCODING = "binary/gzip";
/** A payload that decompresses to more than this was not written by this service. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
/** The metadata key with the encoding of the compressed payload. */
const INNER_ENCODING = "inner-encoding";

/** Compresses large payloads: plans, ticket lists and carried state shrink to a tenth of their size. */
export const compressionCodec: PayloadCodec = {
	encode: (payloads, context) => {
		const threshold = thresholdOf(context);
		return Promise.all(payloads.map((payload) => encode(payload, threshold)));
	},
	decode: (payloads) => Promise.all(payloads.map(decode)),
};

/** Of every client and worker: what one has compressed, the other must read. */
export const dataConverter: DataConverter = {
	payloadCodecs: [compressionCodec],
	payloadConverterPath: path.join(
		import.meta.dirname,
		...["..", "..", "workflows", "payload-converter.ts"],
	),
};

function thresholdOf(context: SerializationContext | undefined): number {
	return context?.type === "activity" && context.isLocal
		? LOCAL_THRESHOLD_BYTES
		: THRESHOLD_BYTES;
}

async function encode(payload: Payload, threshold: number): Promise<Payload> {
	const { data, metadata } = payload;
	if (!data || data.length < threshold) return payload;
	return {
		metadata: {
			...metadata,
			encoding: Buffer.from(ENCODING),
			[INNER_ENCODING]: metadata?.encoding ?? Buffer.alloc(0),
		},
		data: await writeGzip(data, { level: 1 }),
	};
}

async function decode(payload: Payload): Promise<Payload> {
	const { encoding, [INNER_ENCODING]: inner, ...rest } = payload.metadata ?? {};
	if (encoding === undefined || inner === undefined) return payload;
	if (Buffer.from(encoding).toString() !== ENCODING) return payload;
	const { buffer, byteOffset, byteLength } = payload.data ?? Buffer.alloc(0);
	const packed = Buffer.from(buffer, byteOffset, byteLength);
	const data = await readGzip(packed, MAX_UNPACKED_BYTES);
	if (data === undefined)
		throw new Error(`a payload of more than ${MAX_UNPACKED_BYTES} bytes`);
	return { metadata: { ...rest, encoding: inner }, data };
}
