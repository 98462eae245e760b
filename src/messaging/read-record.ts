import type { IHeaders } from "kafkajs";
import type { RecordHeader } from "../domain/record-headers.ts";

/** Facts of a batch that its records share. */
export interface BatchContext {
	firstOffset: bigint;
	firstTimestamp: bigint;
	/** Set when the broker's time stands for all records. */
	appendTimestamp: bigint | undefined;
	isControlBatch: boolean;
	inTransaction: boolean;
	producerId: string;
}

/** A range of records that can never be read, and the reason. */
export interface UnreadRange {
	firstOffset: string;
	lastOffset: string;
	/** `BATCH_TOO_LARGE`: more than the limit when decompressed. `BATCH_UNREADABLE`: no records at all. */
	code: "BATCH_TOO_LARGE" | "BATCH_UNREADABLE";
	/** A sentence. */
	message: string;
	/** Size of the batch on the topic. */
	batchBytes: number;
}

/** A record as kafkajs's consumer wants it, with its headers in their order. */
export class BatchRecord {
	readonly magicByte = 2;
	readonly attributes = 0;
	readonly offset: string;
	readonly timestamp: string;
	readonly isControlRecord: boolean;
	readonly batchContext: BatchContext;
	key: Buffer | null = null;
	value: Buffer | null = null;
	headerList: readonly RecordHeader[] = [];
	/** Stands for a range that is set aside, at its last offset. */
	unread: UnreadRange | undefined;

	constructor(
		batchContext: BatchContext,
		offsetDelta: number,
		timestamp: bigint,
	) {
		this.batchContext = batchContext;
		this.isControlRecord = batchContext.isControlBatch;
		this.offset = String(batchContext.firstOffset + BigInt(offsetDelta));
		this.timestamp = String(timestamp);
	}

	/** For code that reads with kafkajs itself. */
	get headers(): IHeaders {
		const groups = new Map<string, Buffer[]>();
		for (const { name, value } of this.headerList) {
			const group = groups.get(name) ?? [];
			groups.set(name, group);
			if (value !== null) group.push(value);
		}
		return Object.fromEntries(
			[...groups].map(([name, values]) => [
				name,
				values.length === 1 ? values[0] : values,
			]),
		);
	}
}

/** A position in untrusted bytes; every read beyond their end throws a RangeError. */
export interface ByteCursor {
	readonly bytes: Buffer;
	at: number;
}

/**
 * A record without its length before it; undefined when it has more headers than `maxHeaders`. Throws when
 * these bytes are none.
 */
export function readRecord(
	bytes: Buffer,
	context: BatchContext,
	maxHeaders: number,
): BatchRecord | undefined {
	// One byte of attributes, which mean nothing yet.
	const cursor = { bytes, at: 1 };
	const timestampDelta = readLong(cursor);
	const offsetDelta = readInt(cursor);
	const timestamp =
		context.appendTimestamp ?? context.firstTimestamp + timestampDelta;
	const record = new BatchRecord(context, offsetDelta, timestamp);
	record.key = readBytes(cursor);
	record.value = readBytes(cursor);
	const headerCount = readInt(cursor);
	if (headerCount > maxHeaders) return undefined;
	const headers: RecordHeader[] = [];
	for (let count = 0; count < headerCount; count += 1) {
		const name = (readBytes(cursor) ?? Buffer.alloc(0)).toString();
		headers.push({ name, value: readBytes(cursor) });
	}
	record.headerList = headers;
	return record;
}

/** A length and as many bytes; null when the length is below zero. */
export function readBytes(cursor: ByteCursor): Buffer | null {
	const length = readInt(cursor);
	if (length < 0) return null;
	const end = cursor.at + length;
	if (end > cursor.bytes.length) throw new RangeError("a record is cut off");
	const bytes = cursor.bytes.subarray(cursor.at, end);
	cursor.at = end;
	return bytes;
}

/** A zigzag varint of 32 bits. */
function readInt(cursor: ByteCursor): number {
	let raw = 0;
	for (let shift = 0; shift < 35; shift += 7) {
		const byte = cursor.bytes.readUInt8(cursor.at);
		cursor.at += 1;
		raw |= (byte & 0x7f) << shift;
		if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1);
	}
	throw new RangeError("a number has more than 5 bytes");
}

/** A zigzag varint of 64 bits; its first seven bytes fit a number. */
function readLong(cursor: ByteCursor): bigint {
	let low = 0;
	let high = 0n;
	for (let count = 0; count < 10; count += 1) {
		const byte = cursor.bytes.readUInt8(cursor.at);
		cursor.at += 1;
		if (count < 7) low += (byte & 0x7f) * 2 ** (7 * count);
		else high |= BigInt(byte & 0x7f) << BigInt(7 * count);
		if (byte >= 0x80) continue;
		const raw = high + BigInt(low);
		return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n));
	}
	throw new RangeError("a number has more than 10 bytes");
}
