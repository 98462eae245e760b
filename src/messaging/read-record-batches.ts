import { compressedReaders } from "./compression-codecs.ts";
import {
	type BatchContext,
	BatchRecord,
	type ByteCursor,
	readBytes,
	readRecord,
	type UnreadRange,
} from "./read-record.ts";

/** Length of a batch's header, from its first offset on; the length field counts from the 12th byte on. */
const HEADER_BYTES = 61;
const LENGTH_END = 12;
const MAGIC_AT = 16;
const MAGIC = 2;
const CODEC_MASK = 0x07;
const APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** Rough memory of a record, and of each header, beside its bytes. */
const RECORD_COST_BYTES = 256;
const HEADER_COST_BYTES = 128;

/** Whether the bytes begin with a batch of format 2, the only one that this file reads. */
export function isRecordBatch(bytes: Buffer): boolean {
	return bytes.length > MAGIC_AT && bytes.readInt8(MAGIC_AT) === MAGIC;
}

/** A budget of memory for records; each read takes its part. */
export interface ReadBudget {
	/** Limit for one batch: a larger batch is set aside. */
	readonly maxBatchBytes: number;
	/** Limit for one response: batches beyond it are read later. */
	leftBytes: number;
}

/**
 * Reads consecutive batches; the last may be cut off. Never throws because of a batch's content: a batch that
 * takes too much memory, or cannot be read, yields a single record that names its range of offsets as unread,
 * so that reading goes on behind it.  kafkajs's own reader is not used: it decompresses without a limit,
 * copies all headers for each header, and puts all records of a batch into the arguments of one call, which
 * fails for ever with 100,000 of them.
 */
export async function readRecordBatches(
	bytes: Buffer,
	budget: ReadBudget,
): Promise<BatchRecord[]> {
	const records: BatchRecord[] = [];
	for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
		const length = LENGTH_END + bytes.readInt32BE(at + 8);
		const end = at + Math.max(HEADER_BYTES, length);
		if (end > bytes.length || budget.leftBytes <= 0) break;
		for (const record of await readBatch(bytes.subarray(at, end), budget))
			records.push(record);
		at = end;
	}
	return records;
}

async function readBatch(
	batch: Buffer,
	budget: ReadBudget,
): Promise<readonly BatchRecord[]> {
	const attributes = batch.readInt16BE(21);
	const lastDelta = batch.readInt32BE(23);
	const context = readContext(batch, attributes);
	const setAside = (code: UnreadRange["code"], message: string) => {
		budget.leftBytes -= budget.maxBatchBytes;
		const record = new BatchRecord(context, lastDelta, context.firstTimestamp);
		record.unread = {
			firstOffset: String(context.firstOffset),
			lastOffset: record.offset,
			code,
			message,
			batchBytes: batch.length,
		};
		return [record];
	};
	try {
		const count = batch.readInt32BE(57);
		const { maxBatchBytes } = budget;
		const freeBytes = maxBatchBytes - count * RECORD_COST_BYTES;
		const body =
			freeBytes > 0
				? await decompress(batch.subarray(HEADER_BYTES), attributes, freeBytes)
				: undefined;
		const records =
			body && readRecords(body, count, context, freeBytes - body.length);
		if (records === undefined) {
			const text = `a batch of ${count} records takes more than ${maxBatchBytes} bytes when it is read`;
			return setAside("BATCH_TOO_LARGE", text);
		}
		budget.leftBytes -= records.bytes + count * RECORD_COST_BYTES;
		// Compaction emptied this batch: reading must go on behind it.
		if (records.list.length === 0) return [emptyBatch(context, lastDelta)];
		return records.list;
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		return setAside("BATCH_UNREADABLE", `a batch cannot be read: ${why}`);
	}
}

function readContext(batch: Buffer, attributes: number): BatchContext {
	return {
		firstOffset: batch.readBigInt64BE(0),
		firstTimestamp: batch.readBigInt64BE(27),
		appendTimestamp:
			(attributes & APPEND_TIME) === 0 ? undefined : batch.readBigInt64BE(35),
		isControlBatch: (attributes & CONTROL) !== 0,
		inTransaction: (attributes & TRANSACTIONAL) !== 0,
		producerId: String(batch.readBigInt64BE(43)),
	};
}

/** A record that no handler gets, at the last offset. */
function emptyBatch(context: BatchContext, lastDelta: number): BatchRecord {
	const control = { ...context, isControlBatch: true };
	return new BatchRecord(control, lastDelta, context.firstTimestamp);
}

async function decompress(
	bytes: Buffer,
	attributes: number,
	maxBytes: number,
): Promise<Buffer | undefined> {
	const codec = attributes & CODEC_MASK;
	if (codec === 0) return bytes.length > maxBytes ? undefined : bytes;
	const read = compressedReaders[codec];
	if (read === undefined) throw new Error(`its codec ${codec} is unknown`);
	return await read(bytes, maxBytes);
}

/** Undefined when their headers take more than what is left. */
function readRecords(
	bytes: Buffer,
	count: number,
	context: BatchContext,
	freeBytes: number,
): { list: BatchRecord[]; bytes: number } | undefined {
	const cursor: ByteCursor = { bytes, at: 0 };
	const list: BatchRecord[] = [];
	const maxHeaders = Math.floor(freeBytes / HEADER_COST_BYTES);
	let headerCount = 0;
	for (let index = 0; index < count; index += 1) {
		const record = readBytes(cursor);
		if (record === null) throw new RangeError("a record has no length");
		const read = readRecord(record, context, maxHeaders - headerCount);
		if (read === undefined) return undefined;
		headerCount += read.headerList.length;
		list.push(read);
	}
	return { list, bytes: bytes.length + headerCount * HEADER_COST_BYTES };
}
