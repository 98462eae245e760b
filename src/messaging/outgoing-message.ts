import { type RecordHeader, textHeaders } from "../domain/record-headers.ts";

export interface OutgoingMessage {
	topic: string;
	/** Messages with the same key keep their order. */
	key: Buffer | null;
	value: Buffer;
	headers: readonly RecordHeader[];
}

/** A message whose key and headers are text, as all are that we make ourselves. */
export interface TextMessage {
	topic: string;
	key: string | null;
	value: Buffer;
	headers?: Readonly<Record<string, string>>;
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
}: TextMessage): OutgoingMessage {
	return {
		topic,
		key: key === null ? null : Buffer.from(key),
		value,
		headers: textHeaders(headers),
	};
}
