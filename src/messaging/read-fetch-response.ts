import { randomInt } from "node:crypto";
import type { BatchRecord } from "./read-record.ts";
import {
	isRecordBatch,
	type ReadBudget,
	readRecordBatches,
} from "./read-record-batches.ts";

/** A broker's answer for one partition, in kafkajs's form. */
export interface FetchedPartition {
	partition: number;
	errorCode: number;
	highWatermark: string;
	lastStableOffset: string;
	/** kafkajs's name for the first offset that the broker still has. */
	lastStartOffset: string;
	abortedTransactions: { producerId: string; firstOffset: string }[];
	preferredReadReplica: number;
	messages: BatchRecord[];
}

/** The answer to a fetch of version 11, in kafkajs's form. */
export interface FetchResponse {
	throttleTime: number;
	clientSideThrottleTime: number;
	errorCode: number;
	sessionId: number;
	responses: { topicName: string; partitions: FetchedPartition[] }[];
}

interface Answer {
	partition: FetchedPartition;
	records: Buffer;
}

/**
 * Reads a fetch response of version 11. All partitions together take no more memory than the budget and one
 * batch: partitions beyond that return no records now and are fetched again. Each response begins with
 * another partition, so that no partition waits for ever behind large batches.
 */
export async function readFetchResponse(
	bytes: Buffer,
	budget: ReadBudget,
): Promise<FetchResponse> {
	const reader = createReader(bytes);
	const answers: Answer[] = [];
	const clientSideThrottleTime = reader.int32();
	const errorCode = reader.int16();
	const sessionId = reader.int32();
	const responses = reader.list(() => ({
		topicName: reader.text(),
		partitions: reader.list(() => {
			const answer = readPartition(reader);
			answers.push(answer);
			return answer.partition;
		}),
	}));
	const first = answers.length > 0 ? randomInt(answers.length) : 0;
	for (const turn of answers.keys()) {
		const answer = answers[(first + turn) % answers.length] as Answer;
		answer.partition.messages = await readRecords(answer.records, budget);
	}
	return {
		// The broker does not delay such an answer, so the caller must wait.
		throttleTime: 0,
		clientSideThrottleTime,
		errorCode,
		sessionId,
		responses,
	};
}

function readPartition(reader: Reader): Answer {
	const partition: FetchedPartition = {
		partition: reader.int32(),
		errorCode: reader.int16(),
		highWatermark: reader.int64(),
		lastStableOffset: reader.int64(),
		lastStartOffset: reader.int64(),
		abortedTransactions: reader.list(() => ({
			producerId: reader.int64(),
			firstOffset: reader.int64(),
		})),
		preferredReadReplica: reader.int32(),
		messages: [],
	};
	return { partition, records: reader.bytes() };
}

async function readRecords(
	records: Buffer,
	budget: ReadBudget,
): Promise<BatchRecord[]> {
	if (records.length === 0) return [];
	if (isRecordBatch(records)) return await readRecordBatches(records, budget);
	throw new Error(
		"Kafka answers with messages of a format before 0.11: set log.message.format.version to 0.11 or newer",
	);
}

type Reader = ReturnType<typeof createReader>;

function createReader(buffer: Buffer) {
	let at = 0;
	const step = (length: number) => {
		const before = at;
		at += length;
		return before;
	};
	const int16 = () => buffer.readInt16BE(step(2));
	const int32 = () => buffer.readInt32BE(step(4));
	return {
		int16,
		int32,
		int64: () => String(buffer.readBigInt64BE(step(8))),
		text() {
			const length = int16();
			const start = step(Math.max(0, length));
			return buffer.toString("utf8", start, start + Math.max(0, length));
		},
		/** Empty where there are none. */
		bytes() {
			const length = Math.max(0, int32());
			const start = step(length);
			return buffer.subarray(start, start + length);
		},
		list<T>(read: () => T): T[] {
			const items: T[] = [];
			for (let left = int32(); left > 0; left -= 1) items.push(read());
			return items;
		},
	};
}
