import { randomUUID } from "node:crypto";
import type { Filter } from "mongodb";
import type { AuditEventType } from "../domain/prediction/model-words.ts";
import type { Mongo, StoredDocument } from "../storage/storage-context.ts";
import type { AuditQuery, ModelAuditEvent, ModelAuditLog } from "./ports.ts";

const MODEL_AUDIT_LOG = "model_audit_log";
const DAY_MS = 86_400_000;

type Written = Pick<
	ModelAuditEvent,
	"event_type" | "model_name" | "user_id" | "reason" | "triggered_by"
> &
	Partial<ModelAuditEvent>;

export interface WritableAuditLog extends ModelAuditLog {
	/** The same `audit_id` is written once. Throws STORE_UNAVAILABLE. */
	write(event: Written): Promise<void>;
}

export interface AuditLogOptions {
	environment: string;
	/** After which events are deleted. */
	retentionDays: number;
}

/** What happened to models, who caused it, and why. */
export function createAuditLog(
	mongo: Mongo,
	{ environment, retentionDays }: AuditLogOptions,
): WritableAuditLog {
	const run = <T>(name: string, work: Parameters<typeof mongo.run<T>>[1]) =>
		mongo.run({ collection: MODEL_AUDIT_LOG, name }, work);
	return {
		async write(event) {
			const { audit_id: _id = randomUUID(), ...given } = event;
			const timestamp = given.timestamp ?? Date.now();
			const fields = {
				...{ model_version: null, duration_seconds: null, event_data: {} },
				...{ environment, ...given, timestamp },
				expires_at: new Date(timestamp + retentionDays * DAY_MS),
			};
			await run("write", (target) =>
				target.updateOne({ _id }, { $setOnInsert: fields }, { upsert: true }),
			);
		},

		async list({ limit, ...query }) {
			const found = await run("list", (target) =>
				target
					.find(filterOf(query), { sort: { timestamp: -1 }, limit })
					.toArray(),
			);
			return found.map(eventOf);
		},

		async read(auditId) {
			const found = await run("read", (target) =>
				target.findOne({ _id: auditId, ...isKept() }),
			);
			return found === null ? undefined : eventOf(found);
		},

		async count(query) {
			const found = await run("count", (target) =>
				target
					.aggregate<{ _id: AuditEventType; count: number }>([
						{ $match: filterOf(query) },
						{ $group: { _id: "$event_type", count: { $sum: 1 } } },
					])
					.toArray(),
			);
			return Object.fromEntries(found.map(({ _id, count }) => [_id, count]));
		},
	};
}

/** What has expired may not be deleted yet. */
const isKept = () => ({ expires_at: { $gt: new Date() } });

function filterOf({
	modelName,
	eventTypes,
	fromMs,
	toMs,
}: Omit<AuditQuery, "limit">): Filter<StoredDocument> {
	const timestamp = {
		...(fromMs !== undefined && { $gte: fromMs }),
		...(toMs !== undefined && { $lt: toMs }),
	};
	return {
		...isKept(),
		...(modelName !== undefined && { model_name: modelName }),
		...(eventTypes && { event_type: { $in: [...eventTypes] } }),
		...(Object.keys(timestamp).length > 0 && { timestamp }),
	};
}

function eventOf({ _id, expires_at: _, ...event }: StoredDocument) {
	return { audit_id: _id, ...event } as unknown as ModelAuditEvent;
}
