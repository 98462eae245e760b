import type { Collection, Document } from "mongodb";
import type { Log } from "../log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** The metrics of the stores. */
export type StorageMetrics = Pick<
	Metrics,
	| "documentsCut"
	| "mongodbErrors"
	| "mongodbDurationSeconds"
	| "mongodbIndexes"
	| "mongodbPoolSize"
	| "mongodbPoolCheckedOut"
	| "redisErrors"
	| "storeAway"
	| "ticketLookups"
	| "changesLost"
>;

/** The meaning of an outage and its remedy, as fields of a log line. */
export type ExplainOutage = (error: unknown) => object;

export interface StorageContext {
	log: Log;
	metrics: StorageMetrics;
}

/** A stored document: ids are text everywhere. */
export interface StoredDocument extends Document {
	_id: string;
}

export interface MongoOperation {
	collection: string;
	/** Names the operation in metrics and errors. */
	name: string;
	/** Default 2 s. */
	timeoutMs?: number;
}

export interface Mongo {
	/**
	 * Runs one operation on a collection. Throws STORE_UNAVAILABLE when it fails for any reason, at
	 * once while MongoDB is known to be away. Whether a write that timed out had effect is unknown.
	 */
	run<T>(
		operation: MongoOperation,
		work: (collection: Collection<StoredDocument>) => Promise<T>,
	): Promise<T>;
	/** Resolves when MongoDB answers; throws STORE_UNAVAILABLE within 2 s otherwise. */
	ping(): Promise<void>;
	/** Counts and logs that a document could only be stored without these of its fields. */
	noteCut(document: { collection: string; _id: string; fields: unknown }): void;
	/** Resolves when the declared indexes are there, or with close(). */
	indexed: Promise<void>;
	close(): Promise<void>;
}
