import type { PlanProblem } from "../domain/documents.ts";
import type { IntakeMetrics } from "./intake-metrics.ts";
import type {
	IntakeLog,
	IntakeRecord,
	OutgoingRecord,
	RecordSender,
} from "./intake-record.ts";

export interface DeadLetterReason {
	/** `MESSAGE_UNDECODABLE`, `PLAN_ALREADY_RAN`, `LATE`, ... */
	code: string;
	message: string;
	hint?: string;
	problems?: readonly PlanProblem[];
}

/**
 * Puts a record on the dead letter topic. Resolves only after the brokers acknowledged it; throws
 * when they did not, and then the record is delivered again. At-least-once: a dead letter can be
 * there twice.
 */
export type PutDeadLetter = (
	record: IntakeRecord,
	reason: DeadLetterReason,
) => Promise<void>;

export interface DeadLetterDeps {
	producer: RecordSender;
	topic: { name: string; maxMessageBytes: number };
	metrics: Pick<IntakeMetrics, "deadLetters">;
	log: IntakeLog;
	now?: () => number;
}

/** Room that record framing takes beside value and headers. */
const FRAME_BYTES = 1_024;
/** The envelope beside the original stays within this. */
const MAX_PROBLEMS = 50;
const MAX_TEXT_LENGTH = 2_000;
const MAX_HEADER_BYTES = 8_192;
const tooLarge = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"]);

/**
 * A dead letter has one of three forms, named by the header `dlq-form`:
 * - `envelope`: JSON with the reason and the original bytes as `original_base64`;
 * - `raw`, when that would be larger than the topic takes: the value is the original bytes, the rest
 *   of the envelope is JSON in the header `dlq-envelope`;
 * - `reference`, when the brokers refuse even that: the envelope, whose `source` says where the
 *   original lies.
 */
export function createDeadLetters({
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

type Envelope = ReturnType<typeof describe>;

function describe(
	record: IntakeRecord,
	{ code, message, hint = "", problems = [] }: DeadLetterReason,
	nowMs: number,
) {
	const { topic, partition, offset, timestampMs } = record;
	return {
		reason: code,
		message: cut(message),
		path: problems[0]?.path ?? null,
		problems: problems
			.slice(0, MAX_PROBLEMS)
			.map((problem) => ({ ...problem, message: cut(problem.message) })),
		problem_count: problems.length,
		hint: cut(hint),
		source: {
			topic,
			partition,
			offset,
			timestamp: timestampMs,
			key: record.key === null ? null : cut(record.key.toString()),
		},
		headers: cutHeaders(record.headers),
		failed_at: nowMs,
	};
}

function envelopeForm(
	topic: string,
	record: IntakeRecord,
	envelope: Envelope,
): OutgoingRecord {
	const original_base64 = record.value?.toString("base64") ?? null;
	const value = JSON.stringify({ ...envelope, original_base64 });
	return outgoing(topic, record, envelope, "envelope", Buffer.from(value));
}

function rawForm(
	topic: string,
	record: IntakeRecord,
	envelope: Envelope,
): OutgoingRecord {
	const value = record.value ?? Buffer.alloc(0);
	const form = outgoing(topic, record, envelope, "raw", value);
	form.headers["dlq-envelope"] = JSON.stringify(envelope);
	return form;
}

function referenceForm(
	topic: string,
	record: IntakeRecord,
	envelope: Envelope,
): OutgoingRecord {
	const original_bytes = record.value?.length ?? 0;
	const value = JSON.stringify({
		...envelope,
		original_base64: null,
		original_bytes,
	});
	return outgoing(topic, record, envelope, "reference", Buffer.from(value));
}

function outgoing(
	topic: string,
	record: IntakeRecord,
	{ reason, source }: Envelope,
	form: "envelope" | "raw" | "reference",
	value: Buffer,
): OutgoingRecord {
	return {
		topic,
		// A key that is itself too large must not stop the last form.
		key: form === "reference" ? source.key : (record.key?.toString() ?? null),
		value,
		headers: {
			"dlq-form": form,
			"dlq-reason": reason,
			"dlq-source-topic": source.topic,
			"dlq-source-partition": String(source.partition),
			"dlq-source-offset": source.offset,
		},
	};
}

async function sendFirstTaken(
	producer: RecordSender,
	topic: DeadLetterDeps["topic"],
	record: IntakeRecord,
	envelope: Envelope,
): Promise<void> {
	for (const toForm of [envelopeForm, rawForm]) {
		const form = toForm(topic.name, record, envelope);
		if (byteLength(form) > topic.maxMessageBytes) continue;
		try {
			await producer.send([form]);
			return;
		} catch (error) {
			if (!isTooLarge(error)) throw error;
		}
	}
	await producer.send([referenceForm(topic.name, record, envelope)]);
}

function isTooLarge(error: unknown): boolean {
	let cause = error;
	for (let depth = 0; depth < 10 && cause instanceof Error; depth += 1) {
		if (tooLarge.has(String((cause as { type?: unknown }).type))) return true;
		cause = cause.cause;
	}
	return false;
}

function byteLength({ key, value, headers }: OutgoingRecord): number {
	const texts = [key ?? "", ...Object.entries(headers).flat()];
	const textBytes = texts.reduce(
		(sum, text) => sum + Buffer.byteLength(text),
		0,
	);
	return value.length + textBytes + FRAME_BYTES;
}

function cut(text: string): string {
	if (text.length <= MAX_TEXT_LENGTH) return text;
	return `${text.slice(0, MAX_TEXT_LENGTH)}...`.toWellFormed();
}

/** The first headers, as many as fit. */
function cutHeaders(headers: Record<string, string>): Record<string, string> {
	let freeBytes = MAX_HEADER_BYTES;
	const kept = Object.entries(headers).filter(([name, value]) => {
		freeBytes -= Buffer.byteLength(name) + Buffer.byteLength(value);
		return freeBytes >= 0;
	});
	return Object.fromEntries(kept);
}
