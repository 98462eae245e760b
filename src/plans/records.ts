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
	/** In their order; a name may come more than once. */
	headers: readonly RecordHeader[];
	/** Unix epoch, ms, as the producer or the broker set it. */
	timestampMs: number;
	/** The broker set it; absent: the producer, whose clock is its own. */
	isBrokersTime?: true;
	/** Set when this is only a part of the record at these coordinates: the bytes of the whole value there. */
	wholeBytes?: number;
}

export interface RecordBatch {
	topic: string;
	partition: number;
	messages: readonly KafkaRecord[];
}

/** Records that are set aside: they can never be handled, or are no longer there. */
export interface SkippedRecords {
	topic: string;
	partition: number;
	firstOffset: string;
	lastOffset: string;
	/** `RECORDS_DELETED`: Kafka's retention was faster. `SET_ASIDE`: its handling can never succeed. */
	code: (typeof setAsideReasons)[number];
	/** A sentence. */
	message: string;
	/** The record, when it is a single one and could be read. */
	record?: KafkaRecord;
	/** Their size on the topic, where it is known. */
	bytes?: number;
}

export interface BatchControl {
	/**
	 * The handling of all records up to and including this offset is finished; this survives a throw and a stop.
	 */
	done(offset: string): void;
	/** Fires when the partition was taken away, or when the consumer stops and waits no longer. */
	signal: AbortSignal;
}

/** Returning commits the batch; throwing has it delivered again from the first offset that is not done. */
export type HandleBatch = (
	batch: RecordBatch,
	control: BatchControl,
) => Promise<void>;

export interface RecordConsumer {
	pause(topic: string, partition?: number): void;
	resume(topic: string, partition?: number): void;
	/** Resolves once the consumer has its partitions, or knows that it gets none. */
	ready(): Promise<void>;
	stop(): Promise<void>;
}

export interface OpenConsumerOptions {
	/** Appended to the service's group id; empty for decisions. */
	groupSuffix: string;
	topics: readonly string[];
	/** Batches of different partitions that are handled at once; undefined: the service's default. */
	concurrency?: number;
	handleBatch: HandleBatch;
	/** Writes a dead letter that refers to these records; throwing tries again. */
	setAside(skipped: SkippedRecords): Promise<void>;
}

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
	/** Where it goes, whatever its key. */
	partition?: number;
}

/** Resolves only after the brokers acknowledged every record. */
export interface RecordSender {
	send(records: readonly OutgoingRecord[]): Promise<unknown>;
}

/** Decodes bytes. Throws MESSAGE_UNDECODABLE, or REGISTRY_UNAVAILABLE when the schema cannot be had now. */
export type DecodeRecord = (value: Buffer) => Promise<unknown>;

/** A running consumer. `stop` resolves when all its work has ended. */
export interface RunningConsumer {
	ready(): Promise<void>;
	stop(): Promise<void>;
}
