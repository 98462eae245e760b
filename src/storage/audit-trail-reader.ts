import type { Filter } from "mongodb";
import { auditPrefix } from "../domain/audit-chain.ts";
import type { KeptRecord } from "../domain/audit-check.ts";
import type { PlanDocument } from "../domain/documents.ts";
import type { AuditTrails, StoredHead } from "../http/audit-sources.ts";
import type { Mongo, StoredDocument } from "./storage-context.ts";

const AUDIT = "audit_trail";
const PLANS = "workflows";
/** A page of a check of all plans on a busy server. */
const PAGE_TIMEOUT_MS = 15_000;
const HEAD_FIELDS = {
	plan_id: 1,
	audit_head: 1,
	revision: 1,
	finished_at: 1,
} as const;

/** The audit trail behind REST. Every call is one round trip and reads by `_id`. */
export function createAuditTrailReader(
	mongo: Mongo,
	workflowIdOf: (planId: string) => string,
): AuditTrails {
	return {
		async readRecords({ planId, after, limit }) {
			const records = await mongo.run(
				{ collection: AUDIT, name: "read", timeoutMs: PAGE_TIMEOUT_MS },
				async (target) =>
					await target
						.find(keysBehind(planId, after), { sort: { _id: 1 }, limit })
						.toArray(),
			);
			return records as unknown as KeptRecord[];
		},

		async readHeads(planIds) {
			const ids = planIds.map(workflowIdOf);
			const plans = await mongo.run(
				{ collection: PLANS, name: "read_heads", timeoutMs: PAGE_TIMEOUT_MS },
				async (target) =>
					await target
						.find({ _id: { $in: ids } }, { projection: HEAD_FIELDS })
						.toArray(),
			);
			return plans.map(headOf);
		},

		async listHeads({ after, limit }) {
			const plans = await mongo.run(
				{ collection: PLANS, name: "list_heads", timeoutMs: PAGE_TIMEOUT_MS },
				async (target) =>
					await target
						.find(after === undefined ? {} : { _id: { $gt: after } }, {
							projection: HEAD_FIELDS,
							sort: { _id: 1 },
							limit,
						})
						.toArray(),
			);
			const next = plans.length < limit ? undefined : plans.at(-1)?._id;
			return { heads: plans.map(headOf), next };
		},

		async findRecords(keys) {
			const found = await mongo.run(
				{ collection: AUDIT, name: "find", timeoutMs: PAGE_TIMEOUT_MS },
				async (target) =>
					await target
						.find({ _id: { $in: [...keys] } }, { projection: { _id: 1 } })
						.toArray(),
			);
			return new Set(found.map(({ _id }) => _id));
		},
	};
}

/** `;` is the character after the colon that ends a plan's prefix. */
function keysBehind(
	planId: string | undefined,
	after: string | undefined,
): Filter<StoredDocument> {
	if (planId === undefined)
		return after === undefined ? {} : { _id: { $gt: after } };
	const prefix = auditPrefix(planId);
	return {
		_id: { $gt: after ?? prefix, $lt: `${prefix.slice(0, -1)};` },
	};
}

function headOf(document: StoredDocument): StoredHead {
	const { plan_id, audit_head, revision, finished_at } =
		document as unknown as PlanDocument;
	return { plan_id, head: audit_head ?? null, revision, finished_at };
}
