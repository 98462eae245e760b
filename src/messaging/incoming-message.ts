import type { IHeaders, KafkaMessage } from "kafkajs";

export interface IncomingMessage {
	topic: string;
	partition: number;
	offset: string;
	key: Buffer | null;
	value: Buffer | null;
	/** UTF-8 text; of a header that is there several times, the last. */
	headers: Record<string, string>;
	/** Unix epoch, ms, as the producer or the broker set it. */
	timestampMs: number;
}

export interface IncomingBatch {
	topic: string;
	partition: number;
	/** At least one, in the order of their offsets. */
	messages: IncomingMessage[];
}

/** A record as kafkajs has it, in our words. */
export function toIncomingMessage(
	topic: string,
	partition: number,
	{ offset, key, value, headers, timestamp }: KafkaMessage,
): IncomingMessage {
	const timestampMs = Number(timestamp);
	return {
		topic,
		partition,
		offset,
		key,
		value,
		headers: textOfHeaders(headers ?? {}),
		timestampMs: Number.isFinite(timestampMs) ? timestampMs : 0,
	};
}

function textOfHeaders(headers: IHeaders): Record<string, string> {
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => {
			const last = Array.isArray(value) ? value.at(-1) : value;
			return [name, last?.toString() ?? ""];
		}),
	);
}
