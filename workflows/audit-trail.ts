import {
	type AuditEntry,
	appendRecord,
	auditKey,
} from "../src/domain/audit-chain.ts";
import { keepDocument, type PlanRun } from "./plan-run.ts";

/** Who acts when nobody asked for it. */
export const SERVICE_ACTOR = "orchestrator-dynamic";

/**
 * Appends to the plan's audit trail. The record is written with the documents that are written anyway,
 * and goes with the run until it has landed; `details` must be small and plain JSON.
 */
export function appendAudit(run: PlanRun, entry: AuditEntry): void {
	const { facts, identity } = run;
	const moment = {
		planId: identity.plan_id,
		planHash: facts.planHash,
		atMs: Date.now(),
	};
	const { record, head } = appendRecord(facts.auditHead, moment, entry);
	facts.auditHead = head;
	keepDocument(run, {
		collection: "audit_trail",
		_id: auditKey(identity.plan_id, head),
		fields: { ...record },
	});
	run.planDirty = true;
}
