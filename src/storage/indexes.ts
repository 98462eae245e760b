import { setTimeout as sleep } from "node:timers/promises";
import type { IndexDescription } from "mongodb";
import { authorizationIndexes } from "./audit-reader.ts";
import { type IndexKey, planListIndexes } from "./plan-list-query.ts";
import type { Mongo, StorageContext } from "./storage-context.ts";

const outboxIndexes: readonly IndexDescription[] = [
	{ key: { state: 1, next_try_at: 1 } },
	{ key: { expires_at: 1 }, expireAfterSeconds: 0 },
];

/**
 * Every index that reads use, beside `_id`. None is partial: fields decide which documents are read
 * (architecture.md). Documents are kept (but see retention-store.ts); only settled dead letters, violations,
 * notifications and explanations of allocations expire.
 * `cognitive_ledger` has its own (unique `plan_id`), which belongs to the service that writes it.
 */
export const indexes: Readonly<Record<string, readonly IndexDescription[]>> = {
	workflows: [
		{ key: { plan_id: 1, kind: 1, created_at: -1 } },
		{ key: { kind: 1, finished_at: -1, status: 1, created_at: 1 } },
		...planListIndexes.map((key) => ({ key, name: indexName(key) })),
	],
	decisions: [{ key: { plan_id: 1 } }, { key: { recorded_at: 1 } }],
	validation_audit: [{ key: { plan_id: 1, timestamp: -1 } }],
	execution_tickets: [
		{ key: { plan_id: 1, created_at: 1, order: 1, _id: 1 } },
		{ key: { plan_id: 1, status: 1, created_at: 1, order: 1, _id: 1 } },
	],
	ticket_attempts: [
		{ key: { logical_ticket_id: 1, attempt: 1 } },
		{ key: { plan_id: 1, published_at: 1, _id: 1 } },
		// As models are trained on them, and in the order in which corrections learn from them.
		{ key: { finished_at: 1, _id: 1 } },
		{ key: { stored_at: 1, _id: 1 } },
	],
	models: [{ key: { kind: 1, name: 1, version: -1 } }],
	model_chunks: [{ key: { sha256: 1, n: 1 } }],
	model_audit_log: [
		{ key: { model_name: 1, timestamp: -1 } },
		{ key: { event_type: 1, timestamp: -1 } },
		{ key: { timestamp: -1 } },
		{ key: { expires_at: 1 }, expireAfterSeconds: 0 },
	],
	// Explanations of allocations, a chunk a document; kept for 30 days.
	ticket_allocations: [
		{ key: { ticket_ids: 1, allocated_at: -1 } },
		{ key: { expires_at: 1 }, expireAfterSeconds: 0 },
	],
	workflow_results: [{ key: { plan_id: 1 } }],
	authorization_audit: authorizationIndexes.map((key) => ({ key })),
	sla_violations: [
		{ key: { plan_id: 1 } },
		{ key: { expires_at: 1 }, expireAfterSeconds: 0 },
	],
	rollouts: [{ key: { deployment: 1, created_at: -1 } }],
	rollout_verdicts: [
		{ key: { rollout_id: 1, at: -1 } },
		{ key: { expires_at: 1 }, expireAfterSeconds: 0 },
	],
	stop_orders: [
		{ key: { kind: 1 } },
		{ key: { expires_at: 1 }, expireAfterSeconds: 0 },
	],
	notifications: outboxIndexes,
	remediations: outboxIndexes,
	telemetry_buffer: [{ key: { buffered_at: 1 } }],
	plan_outcomes: [
		{ key: { rollout_id: 1, recorded_at: 1 } },
		{ key: { recorded_at: 1 } },
	],
	approval_answers: [{ key: { recorded_at: -1, _id: -1 } }],
	dead_letters: [
		{ key: { dead_at: -1, _id: -1 } },
		{ key: { state: 1, dead_at: -1, _id: -1 } },
		{ key: { topic: 1, dead_at: -1, _id: -1 } },
		// Nearly all letters of a reason are on one topic, and a plan has few letters.
		{ key: { reason: 1, dead_at: -1, _id: -1, topic: 1 } },
		{ key: { state: 1, topic: 1, dead_at: -1, _id: -1 } },
		{ key: { state: 1, reason: 1, dead_at: -1, _id: -1, topic: 1 } },
		{
			key: { plan_id: 1, dead_at: -1, _id: -1, state: 1, topic: 1, reason: 1 },
			name: "letters_of_plan",
		},
		{ key: { expires_at: 1 }, expireAfterSeconds: 0 },
	],
};

/** MongoDB limits names, and the one it makes of so many fields is too long to read. */
function indexName(key: IndexKey): string {
	return `plans_by_${Object.keys(key).slice(0, 2).join("_")}`;
}

/** Building an index on a large collection takes minutes; the driver must not give up before. */
const BUILD_TIMEOUT_MS = 600_000;
const RETRY_MS = 2_000;

/**
 * Creates the declared indexes, trying again until all are there or the signal aborts. Resolves
 * then; never rejects. Safe to run in many processes at once.
 */
export async function createIndexes(
	mongo: Mongo,
	{ log, metrics }: StorageContext,
	signal: AbortSignal,
): Promise<void> {
	const missing = new Set(Object.keys(indexes));
	while (missing.size > 0 && !signal.aborted) {
		for (const collection of missing) {
			if (signal.aborted) return;
			try {
				await createOne(mongo, collection);
				missing.delete(collection);
				metrics.mongodbIndexes.inc({ collection, status: "created" });
			} catch (error) {
				metrics.mongodbIndexes.inc({ collection, status: "failed" });
				log.warn({ collection, error }, "indexes not created yet");
				break;
			}
		}
		if (missing.size > 0) {
			await sleep(RETRY_MS, undefined, { signal, ref: false }).catch(
				() => undefined,
			);
		}
	}
}

async function createOne(mongo: Mongo, collection: string): Promise<void> {
	const wanted = [...(indexes[collection] ?? [])];
	await mongo.run(
		{ collection, name: "create_indexes", timeoutMs: BUILD_TIMEOUT_MS },
		async (target) => await target.createIndexes(wanted),
	);
}
