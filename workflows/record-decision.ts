import { workflowInfo } from "@temporalio/workflow";
import type {
	DecisionDocument,
	DocumentWrite,
	PlanDocument,
} from "../src/domain/documents.ts";
import { countTickets } from "../src/domain/plan-document.ts";
import type { RecordDecisionInput } from "../src/domain/plan-run.ts";
import { revisionText } from "../src/domain/revision.ts";
import {
	durable,
	quickThenDurable,
	writeDocumentsSoon,
} from "./activity-proxies.ts";

/** A decision that is only recorded (protocol.md): its audit outlives an outage, and that is all it does. */
export async function recordDecision(
	input: RecordDecisionInput,
): Promise<void> {
	const nowMs = Date.now();
	const revision = revisionText(nowMs, 1);
	const { decision, plan_hash, source } = input;
	const { workflowId, firstExecutionRunId } = workflowInfo();
	const record: Omit<DecisionDocument, "revision"> = {
		decision_id: decision.decision_id,
		plan_id: decision.plan_id,
		workflow_id: workflowId,
		plan_hash,
		final_decision: decision.final_decision,
		source,
		recorded_at: nowMs,
	};
	const shown: Omit<PlanDocument, "revision"> = {
		workflow_id: workflowId,
		run_id: firstExecutionRunId,
		kind: "recorded-decision",
		plan_id: decision.plan_id,
		decision_id: decision.decision_id,
		intent_id: decision.intent_id,
		correlation_id: decision.correlation_id,
		final_decision: decision.final_decision,
		domain: null,
		risk_band: null,
		priority: null,
		orchestrator_version: null,
		plan_hash,
		status: "REJECTED",
		stage: "failed",
		current_step: null,
		policy: { c2: null, c3: null },
		problems: [],
		warnings: [],
		steps: [],
		commands: [],
		approval: null,
		...countTickets(undefined, undefined),
		results_duplicate: 0,
		results_late: 0,
		results_unknown: 0,
		stray_results: [],
		error_message: "the decision rejects the plan",
		created_at: nowMs,
		published_at: null,
		publish_attempted: false,
		finished_at: nowMs,
		valid_until: decision.valid_until,
		sla_deadline: null,
		slack_at: null,
		last_progress_at: nowMs,
		source,
		updated_at: nowMs,
	};
	const writes: DocumentWrite[] = [
		{
			collection: "decisions",
			_id: decision.decision_id,
			revision,
			isNew: true,
			fields: { ...record },
		},
		{
			collection: "workflows",
			_id: workflowId,
			revision,
			isNew: true,
			fields: { ...shown },
		},
	];
	await quickThenDurable(
		() => writeDocumentsSoon(writes),
		() => durable.writeDocuments(writes),
	);
}
