// Long because it is every deletion that there is.
import type { Filter } from "mongodb";
import type {
	EndedPlanPlace,
	PurgeAuthor,
	PurgeQuery,
	RetentionStore,
} from "../../activities/purge-records.ts";
import {
	type AuditRecord,
	auditKey,
	auditPrefix,
	isClosing,
} from "../domain/audit-chain.ts";
import type { PlanDocument } from "../domain/documents.ts";
import {
	closeTrail,
	type PurgedKind,
	type PurgedPlan,
	purgedPlan,
} from "../domain/purged-plan.ts";
import {
	planCollections,
	type RetentionRule,
	singleRules,
} from "../domain/retention.ts";
import { revisionText } from "../domain/revision.ts";
import { OrchestratorError } from "../errors.ts";
import type { HeadSigner } from "../plans/audit-ports.ts";
import { DUPLICATE_KEY } from "./duplicate-keys.ts";
import { PLANS } from "./plan-queries.ts";
import type { Mongo, StoredDocument } from "./storage-context.ts";

type Kind = "plan" | PurgedKind;

const AUDIT = "audit_trail";
const TIMEOUT_MS = 15_000;
/** Documents that one command deletes. */
const CHUNK = 500;
/** Clocks of processes differ: documents of a run that begins now are not touched. */
const MAX_CLOCK_SKEW_MS = 60_000;

export interface RetentionStoreDeps {
	/** Returns the plan of a workflow id. */
	planIdOf(workflowId: string): string | undefined;
	/** undefined: ends of audit trails are not signed. */
	signer?: HeadSigner | undefined;
}

/** Finds and deletes documents older than their retention. */
export function createRetentionStore(
	mongo: Mongo,
	{ planIdOf, signer }: RetentionStoreDeps,
): RetentionStore {
	async function find(
		kinds: readonly Kind[],
		query: PurgeQuery,
	): Promise<EndedPlanPlace[]> {
		const found = await mongo.run(
			{ collection: PLANS, name: "find_expired", timeoutMs: TIMEOUT_MS },
			async (target) =>
				await target
					.find(endedBefore(kinds, query), {
						projection: { kind: 1, finished_at: 1 },
						sort: { finished_at: 1, _id: 1 },
						limit: query.limit,
					})
					.toArray(),
		);
		return found.map(({ _id, kind, finished_at }) => {
			const plan_id = planIdOf(_id);
			if (plan_id === undefined)
				throw new OrchestratorError(
					"INTERNAL_ERROR",
					`document ${_id} is of no plan`,
				);
			return { _id, finished_at, plan_id, isPurged: kind !== "plan" };
		});
	}

	return {
		findEndedPlans: (query) => find(["plan"], query),
		findWholeTrails: (query, withPlans) =>
			find(withPlans ? ["plan", "purged-plan"] : ["purged-plan"], query),

		async purgePlan({ _id, finished_at }, author, isDryRun) {
			const plan = await readPlan(mongo, _id);
			if (plan === undefined || plan.finished_at !== finished_at) return {};
			if (isDryRun) return await countPlan(mongo, plan);
			const closing = await keepClosing(mongo, plan, author);
			const small = purgedPlan(plan, closing);
			const signature = await signer?.sign(plan.plan_id, small.audit_head);
			const purged = await removeParts(mongo, plan, author.nowMs);
			const replaced = await mongo.run(
				{ collection: PLANS, name: "purge" },
				async (target) =>
					await target.replaceOne(
						{ _id, kind: "plan", revision: plan.revision },
						signature === undefined
							? small
							: { ...small, audit_signature: signature },
					),
			);
			return { ...purged, [PLANS]: replaced.modifiedCount };
		},

		async purgeTrail({ _id, plan_id, isPurged }, isDryRun) {
			if (!isPurged) return await countOf(mongo, AUDIT, trailOf(plan_id));
			const left = await readPurged(mongo, _id);
			if (left === undefined) return 0;
			const earlier = trailOf(plan_id, auditKey(plan_id, left.audit_head));
			if (isDryRun) return await countOf(mongo, AUDIT, earlier);
			// In one command: with half a trail left nobody could tell who deleted the rest.
			const { deletedCount } = await mongo.run(
				{ collection: AUDIT, name: "purge", timeoutMs: TIMEOUT_MS },
				async (target) => await target.deleteMany(earlier),
			);
			await mongo.run(
				{ collection: PLANS, name: "purge_trail" },
				async (target) =>
					await target.updateOne(
						{ _id, kind: "purged-plan", revision: left.revision },
						{ $set: { kind: "purged-trail" satisfies PurgedKind } },
					),
			);
			return deletedCount;
		},

		async purgeSingles(name, beforeMs, limit, isDryRun) {
			const purged: Record<string, number> = {};
			let isMore = false;
			for (const rule of singleRules) {
				if (rule.name !== name) continue;
				const filter = olderThan(rule, beforeMs);
				const count = isDryRun
					? await countOf(mongo, rule.collection, filter)
					: await removeSome(mongo, rule.collection, filter, limit);
				purged[rule.collection] = (purged[rule.collection] ?? 0) + count;
				isMore ||= !isDryRun && count === limit;
			}
			return { purged, isMore };
		},
	};
}

function endedBefore(
	kinds: readonly Kind[],
	{ beforeMs, after }: PurgeQuery,
): Filter<StoredDocument> {
	return {
		kind: { $in: [...kinds] },
		finished_at: { $gte: after?.finished_at ?? 0, $lt: beforeMs },
		...(after !== null && {
			$nor: [{ finished_at: after.finished_at, _id: { $lte: after._id } }],
		}),
	};
}

/** Records of the plan; those before a key. */
function trailOf(
	planId: string,
	key = `${auditPrefix(planId).slice(0, -1)};`,
): Filter<StoredDocument> {
	return { _id: { $gte: auditPrefix(planId), $lt: key } };
}

function olderThan(
	{ date, isText, is }: RetentionRule,
	beforeMs: number,
): Filter<StoredDocument> {
	const before = isText ? new Date(beforeMs).toISOString() : beforeMs;
	// With a lower bound too: a document without a date, or with a date of another type, is not old.
	return { ...is, [date]: { $gte: isText ? "" : 0, $lt: before } };
}

async function readPlan(
	mongo: Mongo,
	_id: string,
): Promise<PlanDocument | undefined> {
	const found = await mongo.run(
		{ collection: PLANS, name: "read_expired" },
		async (target) => await target.findOne({ _id, kind: "plan" }),
	);
	return found === null ? undefined : (found as unknown as PlanDocument);
}

async function readPurged(
	mongo: Mongo,
	_id: string,
): Promise<PurgedPlan | undefined> {
	const found = await mongo.run(
		{ collection: PLANS, name: "read_expired" },
		async (target) =>
			await target.findOne({ _id, kind: "purged-plan" satisfies PurgedKind }),
	);
	return found === null ? undefined : (found as unknown as PurgedPlan);
}

/**
 * Makes sure that the record that closes the trail is stored, and returns it: an earlier try's if there was
 * one. At its key there may be a record left by a retried workflow task of the plan.
 */
async function keepClosing(
	mongo: Mongo,
	plan: PlanDocument,
	author: PurgeAuthor,
): Promise<AuditRecord> {
	const { _id, record } = closeTrail({ plan, ...author });
	const operation = { collection: AUDIT, name: "close" };
	for (;;) {
		const there = await mongo.run(operation, async (target) => {
			try {
				await target.insertOne({ _id, ...record });
				return null;
			} catch (error) {
				if ((error as { code?: unknown }).code !== DUPLICATE_KEY) throw error;
				return (await target.findOne({ _id })) as unknown as AuditRecord;
			}
		});
		if (there === null) return record;
		if (isClosing(there) && there.previous_hash === record.previous_hash)
			return there;
		const { modifiedCount } = await mongo.run(
			operation,
			async (target) =>
				await target.replaceOne({ _id, hash: there.hash }, record),
		);
		if (modifiedCount === 1) return record;
	}
}

function partsOf(
	{ plan_id }: PlanDocument,
	nowMs: number,
): Filter<StoredDocument> {
	// A run that began since then writes newer records.
	const revision = { $lt: revisionText(nowMs - MAX_CLOCK_SKEW_MS, 0) };
	return { plan_id, revision };
}

async function removeParts(
	mongo: Mongo,
	plan: PlanDocument,
	nowMs: number,
): Promise<Record<string, number>> {
	const purged: Record<string, number> = {};
	for (const collection of planCollections) {
		let count: number;
		do {
			count = await removeSome(mongo, collection, partsOf(plan, nowMs), CHUNK);
			purged[collection] = (purged[collection] ?? 0) + count;
		} while (count === CHUNK);
	}
	return purged;
}

async function countPlan(
	mongo: Mongo,
	plan: PlanDocument,
): Promise<Record<string, number>> {
	const counts: Record<string, number> = { [PLANS]: 1 };
	for (const collection of planCollections)
		counts[collection] = await countOf(
			mongo,
			collection,
			partsOf(plan, Date.now()),
		);
	return counts;
}

async function countOf(
	mongo: Mongo,
	collection: string,
	filter: Filter<StoredDocument>,
) {
	return await mongo.run(
		{ collection, name: "count_expired", timeoutMs: TIMEOUT_MS },
		async (target) => await target.countDocuments(filter),
	);
}

/** Deletes at most `limit` documents; returns how many it deleted. */
async function removeSome(
	mongo: Mongo,
	collection: string,
	filter: Filter<StoredDocument>,
	limit: number,
): Promise<number> {
	return await mongo.run(
		{ collection, name: "purge", timeoutMs: TIMEOUT_MS },
		async (target) => {
			const found = await target
				.find(filter, { projection: { _id: 1 }, limit })
				.toArray();
			if (found.length === 0) return 0;
			const ids = found.map(({ _id }) => _id);
			// The filter again: a document may have been written since.
			await target.deleteMany({ ...filter, _id: { $in: ids } });
			return found.length;
		},
	);
}
