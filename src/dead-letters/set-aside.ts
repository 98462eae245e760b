import { hasCode } from "../errors.ts";
import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import type {
	KafkaRecord,
	OutgoingRecord,
	SkippedRecords,
} from "../plans/records.ts";
import { describe, toLetterRecord } from "./envelope.ts";
import type { DeadLetterDeps } from "./put-dead-letter.ts";

/**
 * Sets records aside. Resolves when a dead letter that refers to them is acknowledged, or can
 * never be; throws when it was not acknowledged, and is then called again.
 */
export type SetAside = (skipped: SkippedRecords) => Promise<void>;

export interface SetAsideDeps extends Omit<DeadLetterDeps, "metrics"> {
	metrics: Pick<IntakeMetrics, "deadLetters" | "setAside">;
}

const hints: Record<SkippedRecords["code"], string> = {
	BATCH_TOO_LARGE:
		"find out who writes such batches; if they are honest, raise KAFKA_MAX_BATCH_BYTES and publish them again",
	BATCH_UNREADABLE:
		"find out who writes such batches and have their messages published again",
	RECORDS_DELETED:
		"they are lost here: have them published again, and raise retention.ms of the topic or see why nobody read them in time",
	SET_ASIDE:
		"the log has the error; send it back to its topic once the cause is mended",
};

/** Makes dead letters of the form `reference` for records that consumers set aside. */
export function createSetAside({
	producer,
	topic,
	metrics,
	log,
	now = Date.now,
}: SetAsideDeps): SetAside {
	return async (skipped) => {
		const { record: _, code, message: reason, ...place } = skipped;
		const count = countOf(skipped);
		try {
			await producer.send([toReference(skipped, topic.name, now())]);
			metrics.deadLetters(topic.name, code);
		} catch (error) {
			// Even this letter is refused: only the log and the metric tell of these records.
			if (!hasCode(error, "PUBLISH_REFUSED")) throw error;
			log.error({ error, ...place, code }, "no dead letter for these records");
		}
		metrics.setAside(skipped.topic, code, count);
		log.error({ ...place, code, count, reason }, "records set aside");
	};
}

/** The number of offsets; some may have no record. */
export function countOf({ firstOffset, lastOffset }: SkippedRecords): number {
	return Number(BigInt(lastOffset) - BigInt(firstOffset) + 1n);
}

/** The dead letter that refers to them. */
export function toReference(
	skipped: SkippedRecords,
	topic: string,
	nowMs: number,
): OutgoingRecord {
	const { code, message, firstOffset, lastOffset, bytes } = skipped;
	const shown = skipped.record ?? standIn(skipped, nowMs);
	const reason = { code, message, hint: hints[code] };
	const { source, ...rest } = describe(shown, reason, nowMs);
	const isRange = lastOffset !== firstOffset;
	const envelope = {
		...rest,
		source: { ...source, ...(isRange && { last_offset: lastOffset }) },
		...(bytes !== undefined && { original_bytes: bytes }),
	};
	return toLetterRecord(topic, shown, envelope, "reference");
}

/** Of unreadable records only the coordinates are known. */
function standIn(
	{ topic, partition, firstOffset }: SkippedRecords,
	nowMs: number,
): KafkaRecord {
	return {
		topic,
		partition,
		offset: firstOffset,
		key: null,
		value: null,
		headers: [],
		timestampMs: nowMs,
	};
}
