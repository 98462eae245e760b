import { textHeaders } from "../domain/record-headers.ts";
import type { OutgoingRecord } from "../plans/records.ts";

/** A message whose key and headers are text, as in all messages of this service. */
export interface TextMessage {
	topic: string;
	key: string | null;
	value: Buffer;
	headers?: Readonly<Record<string, string>>;
	/** Where it goes, whatever its key. */
	partition?: number | undefined;
}

export interface RecordPosition {
	topic: string;
	partition: number;
	offset: string;
}

/** The bytes of a message of text. */
export function fromText({
	topic,
	key,
	value,
	headers = {},
	partition,
}: TextMessage): OutgoingRecord {
	return {
		topic,
		key: key === null ? null : Buffer.from(key),
		value,
		headers: textHeaders(headers),
		...(partition !== undefined && { partition }),
	};
}
