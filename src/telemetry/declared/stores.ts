import { counter, gauge, histogram } from "../declare.ts";

export const STORE_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2];
const collection = "ours";

/** MongoDB and Redis. */
export const storeMetrics = {
	mongodbErrors: counter(
		"mongodb_persistence_errors_total",
		"MongoDB operations that failed.",
		{ collection, operation: "ours", error_type: "ours" },
	),
	mongodbDurationSeconds: histogram(
		"mongodb_persistence_duration_seconds",
		"Time MongoDB operations took that succeeded.",
		STORE_BUCKETS,
		{ collection, operation: "ours" },
	),
	mongodbIndexes: counter(
		"mongodb_index_validation_total",
		"Index creations at start.",
		{ collection, status: ["created", "failed"] },
	),
	mongodbPoolSize: gauge(
		"mongodb_pool_size",
		"Connections to MongoDB: open now, and the most there may be.",
		{ pool_type: ["open", "max"] },
	),
	mongodbPoolCheckedOut: gauge(
		"mongodb_pool_checkedout",
		"Connections to MongoDB that an operation uses now.",
	),
	documentsCut: counter(
		"orchestration_documents_cut_total",
		"Documents larger than MongoDB takes, stored without their largest fields; the log names them.",
		{ collection },
	),
	documentsPurged: counter(
		"orchestration_documents_purged_total",
		"Stored documents that were taken away because they were older than they are to be kept.",
		{ collection },
	),
	redisErrors: counter(
		"orchestration_redis_errors_total",
		"Redis operations that failed.",
		{ operation: "ours" },
	),
	storeAway: gauge(
		"orchestration_store_away",
		"1 while a store is known to be away and calls to it fail at once.",
		{ store: ["mongodb", "redis"] },
	),
	ticketLookups: counter(
		"orchestration_ticket_lookups_total",
		"Wire ids whose plan was looked up, by where it was found.",
		{ source: ["memory", "redis", "mongodb", "none"] },
	),
	changesLost: counter(
		"orchestration_changes_lost_total",
		"Changes of plans and tickets that readers of /events could not be told, because Redis was away.",
	),
};
