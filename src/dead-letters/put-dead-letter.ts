import type { DeadLetterReason } from "../domain/dead-letter.ts";
import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import type {
	KafkaRecord,
	OutgoingRecord,
	RecordSender,
} from "../plans/records.ts";
import {
	base64Length,
	type DeadLetterForm,
	describe,
	type Envelope,
	toLetterRecord,
} from "./envelope.ts";

/**
 * Puts a record on the dead letter topic. Resolves only after the brokers acknowledged it; throws
 * when they did not, and then the record is delivered again. At-least-once: a dead letter can be
 * there twice.
 */
export type PutDeadLetter = (
	record: KafkaRecord,
	reason: DeadLetterReason,
) => Promise<void>;

export interface DeadLetterDeps {
	producer: RecordSender;
	topic: { name: string; maxMessageBytes: number };
	metrics: Pick<IntakeMetrics, "deadLetters">;
	log: Log;
	now?: () => number;
}

/** Room that record framing takes beside key, value and headers. */
const FRAME_BYTES = 1_024;

/**
 * A dead letter has one of three forms, named by the header `dlq-form`:
 * - `envelope`: JSON with the reason and the original bytes as `original_base64`;
 * - `raw`, when that would be larger than the topic takes: the value is the original bytes, the rest
 *   of the envelope is JSON in the header `dlq-envelope`;
 * - `reference`, when the brokers refuse even that, or when not all of the original is at hand: the
 *   envelope, whose `source` says where the original lies.
 */
export function createPutDeadLetter({
	producer,
	topic,
	metrics,
	log,
	now = Date.now,
}: DeadLetterDeps): PutDeadLetter {
	return async (record, reason) => {
		const envelope = describe(record, reason, now());
		await sendFirstTaken(producer, topic, record, envelope);
		metrics.deadLetters(topic.name, reason.code);
		const { reason: code, message, source } = envelope;
		log.warn(
			{ code, source, reason: message },
			"record put on dead letter topic",
		);
	};
}

async function sendFirstTaken(
	producer: RecordSender,
	topic: DeadLetterDeps["topic"],
	record: KafkaRecord,
	envelope: Envelope,
): Promise<void> {
	const isWhole = record.wholeBytes === undefined;
	for (const form of isWhole ? (["envelope", "raw"] as const) : []) {
		// Checked before the letter is made: JavaScript has no text as long as the largest record would need.
		if (bodyLength(record, form) > topic.maxMessageBytes) continue;
		const letter = toLetterRecord(topic.name, record, envelope, form);
		if (byteLength(letter) > topic.maxMessageBytes) continue;
		try {
			await producer.send([letter]);
			return;
		} catch (error) {
			if (!hasCode(error, "PUBLISH_REFUSED")) throw error;
		}
	}
	const reference = toLetterRecord(topic.name, record, envelope, "reference");
	await producer.send([reference]);
}

function bodyLength({ value }: KafkaRecord, form: DeadLetterForm): number {
	return form === "envelope" ? base64Length(value) : (value?.length ?? 0);
}

function byteLength({ key, value, headers }: OutgoingRecord): number {
	const headerBytes = headers.reduce(
		(sum, header) =>
			sum + Buffer.byteLength(header.name) + (header.value?.length ?? 0),
		0,
	);
	return value.length + (key?.length ?? 0) + headerBytes + FRAME_BYTES;
}
