import {
	type AuditHead,
	appendRecord,
	auditKey,
} from "../../src/domain/audit-chain.ts";
import type {
	CollectionName,
	DocumentWrite,
} from "../../src/domain/documents.ts";
import { revisionText } from "../../src/domain/revision.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { planDocument } from "./http.ts";

export interface StoredPlanFacts {
	/** null: it is open. */
	finishedAt: number | null;
	/** Of its audit trail. */
	records?: number;
	tickets?: number;
	/** The trail goes on from this hash of one before. */
	formerHash?: string | null;
	trail?: number;
}

/** Stores a plan with its tickets, attempts, results and audit trail as its workflow does; answers the trail's end. */
export async function storePlan(
	mongo: Mongo,
	plan_id: string,
	{
		finishedAt,
		records = 3,
		tickets = 2,
		formerHash = null,
		trail = 1_000,
	}: StoredPlanFacts,
): Promise<AuditHead> {
	const revision = revisionText(trail, 1);
	const write = (
		collection: CollectionName,
		_id: string,
		fields: object,
	): DocumentWrite => ({
		...{ collection, _id, revision },
		fields: { plan_id, ...fields },
	});
	const writes: DocumentWrite[] = [];
	let head: AuditHead | null = null;
	for (let index = 0; index < records; index += 1) {
		const moment = { planId: plan_id, planHash: "h", atMs: trail + index };
		const step = appendRecord(
			head,
			{ ...moment, trailStartMs: trail, formerHash },
			{ actor: "ada", action: "pause", reason: `${index}` },
		);
		head = step.head;
		writes.push(write("audit_trail", auditKey(plan_id, head), step.record));
	}
	const workflow_id = `orch-${plan_id}`;
	const plan = planDocument({
		plan_id,
		workflow_id,
		tickets_generated: tickets,
		status: finishedAt === null ? "RUNNING" : "SUCCESS",
		finished_at: finishedAt,
		published_at: 5,
		created_at: trail,
		plan_hash: "h",
		audit_head: head,
		revision,
	});
	writes.push(write("workflows", workflow_id, plan));
	for (let index = 0; index < tickets; index += 1) {
		const ticket_id = `${plan_id}-${index}`;
		const ticket = {
			ticket_id,
			outcome: finishedAt === null ? null : "completed",
			actual_duration_ms: 40,
			published_at: 5,
			sla: { deadline: 9_000 },
		};
		writes.push(write("execution_tickets", ticket_id, ticket));
		writes.push(write("ticket_attempts", ticket_id, ticket));
	}
	writes.push(write("workflow_results", `${workflow_id}:r`, {}));
	writes.push(write("validation_audit", `${workflow_id}:r`, {}));
	await createDocumentStore(mongo).write(writes);
	return head as AuditHead;
}
