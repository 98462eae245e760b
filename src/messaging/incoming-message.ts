import type { KafkaMessage } from "kafkajs";
import type { KafkaRecord, RecordBatch } from "../plans/records.ts";
import type { BatchRecord, UnreadRange } from "./read-record.ts";

export interface IncomingMessage extends KafkaRecord {
	/** Stands for records that can never be read, at the last offset of theirs. */
	unread?: UnreadRange;
}

export interface IncomingBatch extends RecordBatch {
	/** At least one, in the order of their offsets. */
	messages: IncomingMessage[];
}

/** A record as kafkajs has it, in our words. */
export function toIncomingMessage(
	topic: string,
	partition: number,
	message: KafkaMessage,
): IncomingMessage {
	const { offset, key, value, timestamp } = message;
	// Read by us, see `kafkajs-patch.ts`; only messages of old formats, which have no headers, are not.
	const { headerList = [], unread } = message as Partial<BatchRecord>;
	const timestampMs = Number(timestamp);
	return {
		topic,
		partition,
		offset,
		key,
		value,
		headers: headerList,
		timestampMs: Number.isFinite(timestampMs) ? timestampMs : 0,
		...(unread && { unread }),
	};
}
