import {
	type WritableRecord,
	writeRecord,
} from "../../src/messaging/write-record.ts";

interface BatchFields {
	firstOffset?: number;
	/** Number of the codec that `compress` is. */
	codec?: number;
	compress?: (records: Buffer) => Buffer | Promise<Buffer>;
	/** What the batch says of itself instead of the truth. */
	count?: number;
}

/** Bytes of a record batch as a broker keeps it. Its checksum is none: nobody here looks at it. */
export async function batchBytes(
	records: readonly WritableRecord[],
	{ firstOffset = 0, codec = 0, compress, count }: BatchFields = {},
): Promise<Buffer> {
	const encoded = Buffer.concat(
		records.map(
			(record, index) => writeRecord({ offsetDelta: index, ...record }).buffer,
		),
	);
	const body = (await compress?.(encoded)) ?? encoded;
	const header = Buffer.alloc(61);
	header.writeBigInt64BE(BigInt(firstOffset), 0);
	header.writeInt32BE(header.length + body.length - 12, 8);
	header.writeInt8(2, 16);
	header.writeInt16BE(codec, 21);
	header.writeInt32BE(records.length - 1, 23);
	header.writeBigInt64BE(1_700_000_000_000n, 27);
	header.writeBigInt64BE(1_700_000_000_000n, 35);
	header.writeBigInt64BE(-1n, 43);
	header.writeInt32BE(count ?? records.length, 57);
	return Buffer.concat([header, body]);
}

/** A budget of so many bytes a batch and for all. */
export function budgetOf(bytes: number) {
	return { maxBatchBytes: bytes, leftBytes: bytes };
}
