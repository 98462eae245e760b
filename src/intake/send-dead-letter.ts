import type { LetterSender } from "../../activities/redrive-dead-letters.ts";
import type { DeadLetter } from "../domain/dead-letter.ts";
import { type RecordHeader, textHeaders } from "../domain/record-headers.ts";
import { OrchestratorError } from "../errors.ts";
import { toHeader } from "./dead-letter-envelope.ts";
import type { RecordSender } from "./intake-record.ts";
import { redriveHeaders } from "./read-dead-letter.ts";

export interface LetterSenderDeps {
	producer: RecordSender;
	/** By dead letter topic: where its messages may go back to, the first when nothing says which. */
	topics: readonly { name: string; sources: readonly [string, ...string[]] }[];
	/** The brokers have acknowledged the letter. */
	onSent(letter: DeadLetter, redriveId: string): void;
}

/** Sends letters back to the topics they came from, with their key and headers. */
export function createLetterSender({
	producer,
	topics,
	onSent,
}: LetterSenderDeps): LetterSender {
	return {
		async send(letter, body, redriveId) {
			const topic = topics.find(({ name }) => name === letter.topic);
			if (topic === undefined || body === null) {
				throw unsendable(letter, body === null);
			}
			const [first] = topic.sources;
			const named = letter.source?.topic ?? "";
			await producer.send([
				{
					topic: topic.sources.includes(named) ? named : first,
					key: keyOf(letter),
					value: body,
					headers: headersOf(letter, redriveId),
				},
			]);
			onSent(letter, redriveId);
		},
	};
}

/** Ours first: should the message fail again, its letter keeps the first headers. */
function headersOf(
	{ id, redrive_attempt, headers }: DeadLetter,
	redriveId: string,
): RecordHeader[] {
	const own = textHeaders({
		[redriveHeaders.from]: id,
		[redriveHeaders.attempt]: String(redrive_attempt + 1),
		[redriveHeaders.id]: redriveId,
	});
	const names: readonly string[] = Object.values(redriveHeaders);
	const others = headers.filter(({ name }) => !names.includes(name));
	return [...own, ...others.map(toHeader)];
}

function keyOf({ key, key_base64 }: DeadLetter): Buffer | null {
	if (key_base64 !== undefined) return Buffer.from(key_base64, "base64");
	return key === null ? null : Buffer.from(key);
}

function unsendable(
	{ id, topic }: DeadLetter,
	hasNoBody: boolean,
): OrchestratorError {
	const why = hasNoBody
		? "its message was not kept: re-drive it with a body"
		: `nobody here looks after topic ${topic}`;
	return new OrchestratorError(
		"PUBLISH_REFUSED",
		`dead letter ${id} cannot be sent: ${why}`,
	);
}
