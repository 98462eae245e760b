import type { SkippedRecords } from "../plans/records.ts";
import type { IncomingBatch, IncomingMessage } from "./incoming-message.ts";
import { skippedRange, skippedRecord } from "./skipped-records.ts";

/** Whether a failure may pass (`again`) or the same would come of every try (`never`). */
export type FailureVerdict = "again" | "never";

export interface BatchWork {
	handle(batch: IncomingBatch): Promise<void>;
	/** All records before `next` are handled or set aside. */
	passed(next: bigint): void;
	/** The next offset to handle. */
	position(): bigint;
	judge(error: unknown): Promise<FailureVerdict>;
	/** Resolves when it is written down that these records are set aside. */
	setAside(skipped: SkippedRecords): Promise<void>;
	/** Whether the batch need not be handled any more. */
	isOver(): boolean;
}

/**
 * Calls the handler with the messages of a batch, in their order, all at once if possible. A permanent
 * failure is narrowed down to one message by calling with fewer messages, and that message is set aside, as
 * unreadable records are. Throws a failure that may pass: the unfinished messages come again then.
 */
export async function workOffBatch(
	batch: IncomingBatch,
	work: BatchWork,
): Promise<void> {
	const { messages } = batch;
	let at = 0;
	let size = messages.length;
	while (at < messages.length) {
		const first = messages[at] as IncomingMessage;
		if (first.unread !== undefined) {
			await work.setAside(skippedRange(first, first.unread));
			work.passed(behind(first));
			at += 1;
			continue;
		}
		const part = partFrom(messages, at, size);
		try {
			await work.handle({ ...batch, messages: part });
			work.passed(behind(part.at(-1) as IncomingMessage));
			at += part.length;
			size *= 2;
		} catch (error) {
			if (work.isOver() || (await work.judge(error)) === "again") throw error;
			const left = part.filter(
				({ offset }) => BigInt(offset) >= work.position(),
			);
			at += part.length - left.length;
			size = Math.ceil(left.length / 2);
			const [culprit] = left;
			if (culprit === undefined || left.length > 1) continue;
			await work.setAside(skippedRecord(culprit, error));
			work.passed(behind(culprit));
			at += 1;
		}
	}
}

/** The next messages, at most `size`, up to the next unreadable one. */
function partFrom(
	messages: readonly IncomingMessage[],
	from: number,
	size: number,
): IncomingMessage[] {
	const part = messages.slice(from, from + size);
	const end = part.findIndex(({ unread }) => unread !== undefined);
	return end === -1 ? part : part.slice(0, end);
}

function behind({ offset }: IncomingMessage): bigint {
	return BigInt(offset) + 1n;
}
