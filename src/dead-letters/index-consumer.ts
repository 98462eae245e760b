import { isRetryable } from "../errors.ts";
import { limitConcurrency } from "../limit-concurrency.ts";
import type { Log } from "../log.ts";
import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import type {
	DecodeRecord,
	KafkaRecord,
	OpenConsumer,
	RunningConsumer,
	SkippedRecords,
} from "../plans/records.ts";
import { type NewDeadLetter, readDeadLetter } from "./read-letter.ts";
import { countOf, toReference } from "./set-aside.ts";

export interface DeadLetterShelf {
	/** Resolves when each letter is stored; throws STORE_UNAVAILABLE. */
	add(letters: readonly NewDeadLetter[]): Promise<void>;
	/** Open letters, now. Throws STORE_UNAVAILABLE. */
	countOpen(): Promise<{ topic: string; reason: string; count: number }[]>;
}

export interface DeadLetterIndexDeps {
	topics: readonly string[];
	openConsumer: OpenConsumer;
	decode: DecodeRecord;
	shelf: DeadLetterShelf;
	metrics: Pick<IntakeMetrics, "consumed" | "openDeadLetters" | "setAside">;
	log: Log;
	/** Between two counts of open letters. */
	countEveryMs?: number;
}

const COUNT_EVERY_MS = 30_000;
/** Letters of one batch are written a few at a time: with their originals they are large. */
const CHUNK_COUNT = 100;
const DECODE_CONCURRENCY = 8;

/**
 * Stores every dead letter, so that people can list it and deal with it. An offset is committed when its
 * letter is in MongoDB; while MongoDB is away the letters wait on the topic. At-least-once: a stored letter
 * stays as it is.
 */
export async function startDeadLetterIndex(
	deps: DeadLetterIndexDeps,
): Promise<RunningConsumer> {
	const { topics, openConsumer, decode, shelf, metrics, log } = deps;
	const { countEveryMs = COUNT_EVERY_MS } = deps;
	const limit = limitConcurrency(DECODE_CONCURRENCY);

	async function shelve(records: readonly KafkaRecord[]): Promise<void> {
		const letters = await Promise.all(
			records.map((record) => limit(() => readDeadLetter(record, decode))),
		);
		await shelf.add(letters);
	}

	async function count(): Promise<void> {
		try {
			metrics.openDeadLetters(await shelf.countOpen());
		} catch (error) {
			// The metric keeps the last count; other metrics show that MongoDB is away.
			log.debug({ error }, "open dead letters not counted");
		}
	}

	const consumer = await openConsumer({
		groupSuffix: "-dead-letters",
		topics,
		setAside: (skipped) => shelveReference(deps, skipped),
		async handleBatch({ topic, messages }, { done, signal }) {
			for (let from = 0; from < messages.length; from += CHUNK_COUNT) {
				signal.throwIfAborted();
				const chunk = messages.slice(from, from + CHUNK_COUNT);
				await shelve(chunk);
				done((chunk.at(-1) as KafkaRecord).offset);
				metrics.consumed(topic, chunk.length);
				log.info({ topic, count: chunk.length }, "dead letters written down");
			}
			await count();
		},
	});
	const timer = setInterval(() => void count(), countEveryMs);
	return {
		ready: () => consumer.ready(),
		async stop() {
			clearInterval(timer);
			await consumer.stop();
		},
	};
}

/** Makes a letter that refers to records of a dead letter topic that cannot be read or stored. */
async function shelveReference(
	{ shelf, metrics, log, decode }: DeadLetterIndexDeps,
	skipped: SkippedRecords,
): Promise<void> {
	const { record: _, ...place } = skipped;
	const { value, headers } = toReference(skipped, "", Date.now());
	const { topic, partition, lastOffset: offset, code } = skipped;
	const letter = await readDeadLetter(
		{
			topic,
			partition,
			offset,
			key: null,
			value,
			headers,
			timestampMs: skipped.record?.timestampMs ?? Date.now(),
		},
		decode,
	);
	try {
		await shelf.add([letter]);
	} catch (error) {
		if (isRetryable(error)) throw error;
		log.error({ error, ...place }, "no letter for these records");
	}
	metrics.setAside(topic, code, countOf(skipped));
	log.error({ ...place, count: countOf(skipped) }, "dead letters set aside");
}
