import type { LetterSender } from "../../activities/redrive-dead-letters.ts";
import type { DeadLetter } from "../domain/dead-letter.ts";
import type { RecordSource } from "../domain/plan-run.ts";
import { type RecordHeader, textHeaders } from "../domain/record-headers.ts";
import { OrchestratorError } from "../errors.ts";
import type { KafkaRecord, RecordSender } from "../plans/records.ts";
import { toHeader } from "./envelope.ts";
import { readDeadLetter, redriveHeaderNames } from "./read-letter.ts";

export interface LetterSenderDeps {
	producer: RecordSender;
	/** Reads a message that a letter only refers to, while Kafka still has it. */
	places: {
		read(
			place: RecordSource,
		): Promise<
			{ kind: "record"; record: KafkaRecord } | { kind: "none"; why: string }
		>;
	};
	/** For each dead letter topic, the topics that its messages may be sent back to; by default the first. */
	topics: readonly { name: string; sources: readonly [string, ...string[]] }[];
	/** The brokers have acknowledged the letter. */
	onSent(letter: DeadLetter, redriveId: string): void;
}

/** A message to be sent back. */
interface Whole {
	topic: string | undefined;
	key: Buffer | null;
	value: Buffer;
	headers: readonly RecordHeader[];
}

/**
 * Sends letters back to the topics they came from, with their key and headers. The parts of a message that
 * its letter does not have are read from the message's topic; throws PUBLISH_REFUSED when Kafka has deleted
 * it.
 */
export function createLetterSender({
	producer,
	places,
	topics,
	onSent,
}: LetterSenderDeps): LetterSender {
	return {
		async send(letter, body, redriveId) {
			const topic = topics.find(({ name }) => name === letter.topic);
			if (topic === undefined)
				throw unsendable(letter, `nobody looks after ${letter.topic} here`);
			const whole =
				body !== null && isWhole(letter)
					? ofLetter(letter, body)
					: await readWhole(places, letter, body);
			const [first] = topic.sources;
			const named = whole.topic ?? "";
			await producer.send([
				{
					topic: topic.sources.includes(named) ? named : first,
					key: whole.key,
					value: whole.value,
					headers: withOwn(letter, whole.headers, redriveId),
				},
			]);
			onSent(letter, redriveId);
		},
	};
}

function isWhole({ key_bytes, headers_dropped }: DeadLetter): boolean {
	return key_bytes === undefined && headers_dropped === undefined;
}

function ofLetter(letter: DeadLetter, value: Buffer): Whole {
	const headers = letter.headers.map(toHeader);
	return { topic: letter.source?.topic, key: keyOf(letter), value, headers };
}

/** The message on its topic, with another body if one is given. */
async function readWhole(
	places: LetterSenderDeps["places"],
	letter: DeadLetter,
	body: Buffer | null,
): Promise<Whole> {
	const { source, last_offset } = letter;
	const missing =
		body === null ? "its message was" : "its key and headers were";
	if (source === null)
		throw unsendable(letter, `${missing} not kept: nobody knows where it lay`);
	if (last_offset !== undefined) {
		if (body !== null) return ofLetter(letter, body);
		const range = `offsets ${source.offset} to ${last_offset}`;
		throw unsendable(letter, `it stands for ${range} of ${source.topic}`);
	}
	const reading = await places.read(source);
	if (reading.kind === "none")
		throw unsendable(letter, `${missing} not kept, and ${reading.why}`);
	const { record } = reading;
	if (source.topic === letter.topic)
		return await openLetter(letter, record, body);
	const value = body ?? record.value;
	if (value === null) throw unsendable(letter, "its message has no value");
	return {
		topic: source.topic,
		key: record.key,
		value,
		headers: record.headers,
	};
}

/** A letter that could not be stored: its message is in the letter's record on the dead letter topic. */
async function openLetter(
	{ id }: DeadLetter,
	record: KafkaRecord,
	body: Buffer | null,
): Promise<Whole> {
	const inner = await readDeadLetter(record, async () => undefined);
	const value = body ?? inner.original;
	if (value === null || !isWhole(inner))
		throw unsendable({ id }, "its letter does not have its message either");
	return ofLetter(inner, value);
}

/** Our headers come first: if the message fails again, its letter keeps the first headers. */
function withOwn(
	{ id, redrive_attempt }: DeadLetter,
	headers: readonly RecordHeader[],
	redriveId: string,
): RecordHeader[] {
	const own = textHeaders({
		[redriveHeaderNames.from]: id,
		[redriveHeaderNames.attempt]: String(redrive_attempt + 1),
		[redriveHeaderNames.id]: redriveId,
	});
	const names: readonly string[] = Object.values(redriveHeaderNames);
	return [...own, ...headers.filter(({ name }) => !names.includes(name))];
}

function keyOf({ key, key_base64 }: DeadLetter): Buffer | null {
	if (key_base64 !== undefined) return Buffer.from(key_base64, "base64");
	return key === null ? null : Buffer.from(key);
}

function unsendable(
	{ id }: Pick<DeadLetter, "id">,
	why: string,
): OrchestratorError {
	return new OrchestratorError(
		"PUBLISH_REFUSED",
		`dead letter ${id} cannot be sent: ${why}`,
	);
}
