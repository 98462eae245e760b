import type { SkippedRecords } from "../plans/records.ts";
import type { IncomingBatch, IncomingMessage } from "./incoming-message.ts";
import { skippedRange, skippedRecord } from "./skipped-records.ts";

/** Whether a failure may pass (`again`) or the same would come of every try (`never`). */
export type FailureVerdict = "again" | "never";

export interface BatchWork {
	handle(batch: IncomingBatch): Promise<void>;
	/** The handler returned for what is before `next`, or it is written down that nothing is to be done. */
	passed(next: bigint): void;
	/** Where reading would go on now. */
	position(): bigint;
	judge(error: unknown): Promise<FailureVerdict>;
	/** Resolves when it is written down. */
	setAside(skipped: SkippedRecords): Promise<void>;
	/** Nobody wants the batch to be worked off any more. */
	isOver(): boolean;
}

/**
 * Hands over the messages of a batch in their order, as many at once as there are. A failure that can
 * never pass is narrowed down to one message, by handing over fewer, and that one is set aside; so are
 * records that could not be read. Throws whatever may pass: what is not finished comes again then.
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

/** At most so many, up to the next that could not be read. */
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
