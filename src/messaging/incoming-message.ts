import type { KafkaMessage } from "kafkajs";
import type { KafkaRecord, RecordBatch } from "../plans/records.ts";
import type { BatchRecord, UnreadRange } from "./read-record.ts";

export interface IncomingMessage extends KafkaRecord {
	/** Set on a message that stands for a range of unreadable records, at the last offset of the range. */
	unread?: UnreadRange;
}

export interface IncomingBatch extends RecordBatch {
	/** At least one, in the order of their offsets. */
	messages: IncomingMessage[];
}

/** Converts a record of kafkajs to ours. */
export function toIncomingMessage(
	topic: string,
	partition: number,
	message: KafkaMessage,
): IncomingMessage {
	const { offset, key, value, timestamp } = message;
	// Records carry our fields because our own decoder reads them (see `kafkajs-patch.ts`); only old formats,
	// which have no headers, are read by kafkajs.
	const {
		headerList = [],
		unread,
		batchContext,
	} = message as Partial<BatchRecord>;
	const timestampMs = Number(timestamp);
	return {
		topic,
		partition,
		offset,
		key,
		value,
		headers: headerList,
		timestampMs: Number.isFinite(timestampMs) ? timestampMs : 0,
		...(batchContext?.appendTimestamp !== undefined && {
			isBrokersTime: true as const,
		}),
		...(unread && { unread }),
	};
}
