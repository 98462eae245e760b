import { workflowInfo } from "@temporalio/workflow";
import {
	type AuditEntry,
	type AuditHead,
	type AuditRecord,
	appendRecord,
	auditKey,
	isLater,
} from "../src/domain/audit-chain.ts";
import type { AuditEnd } from "../src/domain/plan-run.ts";
import { keepDocument, type PlanRun } from "./run-state.ts";

/**
 * Appends to the plan's audit trail. The record is written with the plan's other documents, and is carried to
 * the next run until it is stored; `details` must be small and plain JSON.
 */
export function appendAudit(run: PlanRun, entry: AuditEntry): void {
	const { facts, identity, input } = run;
	const { historyLength, startTime } = workflowInfo();
	if (run.auditBefore.historyLength !== historyLength)
		run.auditBefore = { historyLength, head: facts.auditHead };
	const moment = {
		planId: identity.plan_id,
		planHash: facts.planHash,
		atMs: Date.now(),
		// If the first workflow task was lost, it had begun the same trail.
		trailStartMs: startTime.getTime(),
		formerHash: input.former_audit_head?.hash ?? null,
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

/** The head before this workflow task. A retried task may append other records, so never publish a newer head. */
export function settledHead({ facts, auditBefore }: PlanRun): AuditHead | null {
	return auditBefore.historyLength === workflowInfo().historyLength
		? auditBefore.head
		: facts.auditHead;
}

/** The head of the trail, and the newest record that is stored: later ones wait with the other documents. */
export function auditEndOf({ facts, outbox }: PlanRun): AuditEnd {
	const head = facts.auditHead;
	let first: AuditRecord | undefined;
	for (const { collection, fields } of outbox.values()) {
		if (collection !== "audit_trail") continue;
		const record = fields as unknown as AuditRecord;
		if (first === undefined || isLater(first, record)) first = record;
	}
	if (first === undefined) return { head, landed: head };
	const { trail, sequence, previous_hash } = first;
	const landed =
		sequence === 1 || previous_hash === null
			? null
			: { trail, sequence: sequence - 1, hash: previous_hash };
	return { head, landed };
}
