import {
	type AuditHead,
	type AuditRecord,
	appendRecord,
	auditKey,
	CLOSING_ACTION,
} from "./audit-chain.ts";
import type { PlanDocument } from "./documents.ts";

/** `purged-plan`: the audit trail is still whole; `purged-trail`: only its last record is left. */
export type PurgedKind = "purged-plan" | "purged-trail";

/**
 * The rest of a purged plan in collection `workflows`: enough to keep its decisions from running it again,
 * and for `audit verify`. It has no `plan_id` and no dates that lists use, so that no read of plans finds it.
 */
export type PurgedPlan = Pick<
	PlanDocument,
	| "workflow_id"
	| "decision_id"
	| "plan_hash"
	| "published_at"
	| "publish_attempted"
	| "status"
	| "finished_at"
	| "revision"
> & {
	kind: PurgedKind;
	audit_head: AuditHead;
	purged_at: number;
};

export interface PlanPurge {
	plan: PlanDocument;
	actor: string;
	reason: string;
	nowMs: number;
}

/**
 * The record that closes the plan's audit trail: it names the last one before by its hash. It has the
 * revision of the plan's document, so that it is ignored until that document is replaced.
 */
export function closeTrail({ plan, actor, reason, nowMs }: PlanPurge): {
	_id: string;
	record: AuditRecord & { revision: string };
} {
	const { plan_id, plan_hash, audit_head = null, created_at, revision } = plan;
	const { record, head } = appendRecord(
		audit_head,
		{
			planId: plan_id,
			planHash: plan_hash,
			atMs: nowMs,
			trailStartMs: created_at,
		},
		{
			actor,
			action: CLOSING_ACTION,
			reason,
			details: { status: plan.status, finished_at: plan.finished_at },
		},
	);
	return { _id: auditKey(plan_id, head), record: { ...record, revision } };
}

/** The document that replaces the plan's, once that record is stored. */
export function purgedPlan(
	plan: PlanDocument,
	{ trail, sequence, hash, at }: AuditRecord,
): PurgedPlan {
	return {
		kind: "purged-plan",
		workflow_id: plan.workflow_id,
		decision_id: plan.decision_id,
		plan_hash: plan.plan_hash,
		published_at: plan.published_at,
		...(plan.publish_attempted !== undefined && {
			publish_attempted: plan.publish_attempted,
		}),
		status: plan.status,
		finished_at: plan.finished_at,
		audit_head: { trail, sequence, hash },
		purged_at: at,
		revision: plan.revision,
	};
}
