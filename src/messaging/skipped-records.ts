import { DeadlineError, withinMs } from "../deadline.ts";
import type { SkippedRecords } from "../plans/records.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import type { OffsetReset } from "./offset-resets.ts";
import type { UnreadRange } from "./read-record.ts";

const SOON_MS = 5_000;

/** Records that Kafka's retention deleted before they were read. */
export function deletedRecords({
	topic,
	partition,
	wanted,
	first,
}: OffsetReset): SkippedRecords {
	const [firstOffset, lastOffset] = [String(wanted), String(first - 1n)];
	return {
		topic,
		partition,
		firstOffset,
		lastOffset,
		code: "RECORDS_DELETED",
		message: `${first - wanted} records, offsets ${firstOffset} to ${lastOffset}, were deleted by Kafka's retention before they were read`,
	};
}

/** Records of one batch that could not be read; `message` stands at their last offset. */
export function skippedRange(
	{ topic, partition }: IncomingMessage,
	{ batchBytes, ...range }: UnreadRange,
): SkippedRecords {
	return { topic, partition, ...range, bytes: batchBytes };
}

/** A record whose handling can never succeed. */
export function skippedRecord(
	record: IncomingMessage,
	error: unknown,
): SkippedRecords {
	const { topic, partition, offset } = record;
	return {
		topic,
		partition,
		firstOffset: offset,
		lastOffset: offset,
		code: "SET_ASIDE",
		message: `it cannot be handled, now or later: ${reasonOf(error)}`,
		record,
	};
}

function reasonOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** Calls `setAside`; throws when that takes longer than a group may wait. */
export async function setAsideSoon(
	skipped: SkippedRecords,
	setAside: (skipped: SkippedRecords) => Promise<void>,
): Promise<void> {
	await withinMs(SOON_MS, () => setAside(skipped)).catch((cause: unknown) => {
		if (!(cause instanceof DeadlineError)) throw cause;
		const text = `it cannot be written down: ${skipped.message}`;
		throw new Error(text, { cause });
	});
}
