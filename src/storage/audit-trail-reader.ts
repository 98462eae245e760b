import type { Filter } from "mongodb";
import { auditPrefix } from "../domain/audit-chain.ts";
import type { KeptRecord } from "../domain/audit-heads.ts";
import type { PlanDocument } from "../domain/documents.ts";
import type { AuditTrails, StoredHead } from "../plans/audit-ports.ts";
import type { Mongo, StoredDocument } from "./storage-context.ts";

const AUDIT = "audit_trail";
const PLANS = "workflows";
/** Time-out of one page of a verification on a busy server. */
const PAGE_TIMEOUT_MS = 15_000;
const HEAD_FIELDS = {
	audit_head: 1,
	audit_signature: 1,
	revision: 1,
} as const;

/** The audit trail behind REST. Every call is one round trip and reads by `_id`. */
export function createAuditTrailReader(
	mongo: Mongo,
	workflowIdOf: (planId: string) => string,
): AuditTrails {
	// From the key: the document's own field may have been changed.
	const prefix = workflowIdOf("");
	const toHead = (document: StoredDocument): StoredHead => {
		const { _id, audit_head, audit_signature, revision } =
			document as unknown as PlanDocument & { _id: string };
		return {
			plan_id: _id.slice(prefix.length),
			head: audit_head ?? null,
			signature: audit_signature ?? null,
			revision,
		};
	};
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
			return plans.map(toHead);
		},

		async listHeads({ after, limit }) {
			const plans = await mongo.run(
				{ collection: PLANS, name: "list_heads", timeoutMs: PAGE_TIMEOUT_MS },
				async (target) =>
					await target
						.find(keysBetween(prefix, after), {
							projection: HEAD_FIELDS,
							sort: { _id: 1 },
							limit,
						})
						.toArray(),
			);
			const next = plans.length < limit ? undefined : plans.at(-1)?._id;
			return { heads: plans.map(toHead), next };
		},

		async findHashes(keys) {
			const found = await mongo.run(
				{ collection: AUDIT, name: "find", timeoutMs: PAGE_TIMEOUT_MS },
				async (target) =>
					await target
						.find({ _id: { $in: [...keys] } }, { projection: { hash: 1 } })
						.toArray(),
			);
			return new Map(found.map(({ _id, hash }) => [_id, hash]));
		},
	};
}

function keysBehind(
	planId: string | undefined,
	after: string | undefined,
): Filter<StoredDocument> {
	if (planId !== undefined) return keysBetween(auditPrefix(planId), after);
	return after === undefined ? {} : { _id: { $gt: after } };
}

/** Keys with this prefix: they end before the character that follows its last one. */
function keysBetween(
	prefix: string,
	after: string | undefined,
): Filter<StoredDocument> {
	const next = String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
	return {
		_id: { $gt: after ?? prefix, $lt: `${prefix.slice(0, -1)}${next}` },
	};
}
