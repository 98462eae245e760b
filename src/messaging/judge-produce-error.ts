/**
 * - `retry`: the same request may succeed later.
 * - `renew`: the producer's id or sequence is spoiled; a fresh producer may succeed.
 * - `missing-topic`: will not succeed unless the topic has only just been created.
 * - `bad-topic`: nothing for one of its topics will ever succeed.
 * - `bad-record`: one of its messages will never succeed.
 */
export type ProduceVerdict =
	| "retry"
	| "renew"
	| "missing-topic"
	| "bad-topic"
	| "bad-record";

const spoiledProducer = new Set([
	"OUT_OF_ORDER_SEQUENCE_NUMBER",
	"DUPLICATE_SEQUENCE_NUMBER",
	"INVALID_PRODUCER_EPOCH",
	"INVALID_PRODUCER_ID_MAPPING",
	"INVALID_TXN_STATE",
	"UNKNOWN_PRODUCER_ID",
]);

const badTopic = new Set([
	"INVALID_TOPIC_EXCEPTION",
	"TOPIC_AUTHORIZATION_FAILED",
	"CLUSTER_AUTHORIZATION_FAILED",
	"UNSUPPORTED_COMPRESSION_TYPE",
	"UNSUPPORTED_FOR_MESSAGE_FORMAT",
]);

const badRecord = new Set([
	"MESSAGE_TOO_LARGE",
	"RECORD_LIST_TOO_LARGE",
	"INVALID_TIMESTAMP",
	"INVALID_RECORD",
	"POLICY_VIOLATION",
]);

/** Decides how to go on after a failed produce request. */
export function judgeProduceError(error: unknown): ProduceVerdict {
	for (const cause of causesOf(error)) {
		const { type, name, retriable } = cause;
		if (typeof type === "string") {
			if (spoiledProducer.has(type)) return "renew";
			if (badTopic.has(type)) return "bad-topic";
			if (badRecord.has(type)) return "bad-record";
			if (type === "UNKNOWN_TOPIC_OR_PARTITION") return "missing-topic";
		}
		// Not an error of Kafka: the message cannot be encoded.
		if (name === "TypeError" || name === "RangeError") {
			return "bad-record";
		}
		if (retriable === true) return "retry";
	}
	return "renew";
}

type Cause = {
	type?: unknown;
	name?: unknown;
	retriable?: unknown;
	cause?: unknown;
};

function causesOf(error: unknown): Cause[] {
	const causes: Cause[] = [];
	let next = error;
	while (typeof next === "object" && next !== null && causes.length < 10) {
		causes.push(next as Cause);
		next = (next as Cause).cause;
	}
	return causes;
}
