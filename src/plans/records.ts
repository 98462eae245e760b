import type { setAsideReasons } from "../domain/dead-letter.ts";
import type { RecordHeader } from "../domain/record-headers.ts";

/** One Kafka record, as the consumers of intake see it. */
export interface KafkaRecord {
	topic: string;
	partition: number;
	offset: string;
	key: Buffer | null;
	/** null: a tombstone. */
	value: Buffer | null;
	/** In their order, with those that come again. */
	headers: readonly RecordHeader[];
	/** Unix epoch, ms, as the producer or the broker set it. */
	timestampMs: number;
	/** Set when this is not all of the record that lies at these coordinates: what its value takes there. */
	wholeBytes?: number;
}

export interface RecordBatch {
	topic: string;
	partition: number;
	messages: readonly KafkaRecord[];
}

/** Records that are passed over, because nothing can ever be done with them. */
export interface SkippedRecords {
	topic: string;
	partition: number;
	firstOffset: string;
	lastOffset: string;
	/** `RECORDS_DELETED`: Kafka's retention was faster. `SET_ASIDE`: its handling can never succeed. */
	code: (typeof setAsideReasons)[number];
	/** A sentence. */
	message: string;
	/** The single record that this is, when it could be read. */
	record?: KafkaRecord;
	/** What they take on the topic, where that is known. */
	bytes?: number;
}

export interface BatchControl {
	/** Everything up to and with this offset is handled for good; survives a throw and a stop. */
	done(offset: string): void;
	/** Fires when the batch is no longer ours, or the consumer stops and will not wait longer. */
	signal: AbortSignal;
}

/** Returning commits the batch; throwing redelivers from the first offset that is not done. */
export type HandleBatch = (
	batch: RecordBatch,
	control: BatchControl,
) => Promise<void>;

export interface RecordConsumer {
	pause(topic: string, partition?: number): void;
	resume(topic: string, partition?: number): void;
	/** Resolves once the consumer has partitions, or knows that there are none for it. */
	ready(): Promise<void>;
	stop(): Promise<void>;
}

export interface OpenConsumerOptions {
	/** Put behind the service's group id; empty for the decisions. */
	groupSuffix: string;
	topics: readonly string[];
	/** Batches handled at once, of different partitions; undefined: what the service usually takes. */
	concurrency?: number;
	/** How long a fetch that finds nothing waits at the broker; long costs an idle service less. */
	fetchWaitMs?: number;
	handleBatch: HandleBatch;
	/** Writes down that records are passed over; throwing tries again. */
	setAside(skipped: SkippedRecords): Promise<void>;
}

/** For topics on which little ever comes: what comes is fetched at once all the same. */
export const QUIET_FETCH_WAIT_MS = 1_000;

/** Opens a consumer in a group of its own, from the beginning of its topics. */
export type OpenConsumer = (
	options: OpenConsumerOptions,
) => Promise<RecordConsumer>;

export interface OutgoingRecord {
	topic: string;
	/** Records with the same key keep their order. */
	key: Buffer | null;
	value: Buffer;
	headers: readonly RecordHeader[];
}

/** Resolves only after the brokers acknowledged every record. */
export interface RecordSender {
	send(records: readonly OutgoingRecord[]): Promise<unknown>;
}

/** Bytes to a value: throws MESSAGE_UNDECODABLE, or REGISTRY_UNAVAILABLE when it cannot tell yet. */
export type DecodeRecord = (value: Buffer) => Promise<unknown>;

/** A consumer at work. `stop` resolves when nothing of it is under way any more. */
export interface RunningConsumer {
	ready(): Promise<void>;
	stop(): Promise<void>;
}
