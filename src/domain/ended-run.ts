import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import {
	type AuditHead,
	type AuditRecord,
	appendRecord,
	auditKey,
} from "./audit-chain.ts";
import type { DocumentWrite, PlanDocument, PlanStep } from "./documents.ts";
import type { ClosedPlan } from "./ended-plan-result.ts";
import { createIncident } from "./incident.ts";
import { stageOf } from "./plan-document.ts";
import {
	isFinalStatus,
	type OrchestratorVersion,
	type PlanStatus,
} from "./plan-run.ts";
import { revisionText } from "./revision.ts";
import type { PlanOutcome } from "./rollout/outcome.ts";

/** The workflow type of `workflows/close-ended-plan.ts`. */
export const CLOSE_WORKFLOW_TYPE = "closeEndedPlan";

/** How Temporal ended a run that did not end by itself. */
export type RunEnding = "TERMINATED" | "TIMED_OUT" | "FAILED" | "CANCELLED";

/** A run that has ended while its plan may be open. */
export interface EndedRun {
	plan_id: string;
	run_id: string;
	ending: RunEnding;
	/** Unix epoch, ms. */
	ended_at: number;
}

/** The state that an ended run reports: newer than the stored documents. */
export interface LastWords {
	plan: Omit<PlanDocument, "revision">;
	/** Audit records that may not be stored yet, oldest first. */
	records: AuditRecord[];
	/** How the plan ended, if it ended by itself and that may not be stored yet. */
	outcome?: PlanOutcome;
}

/** The plan's documents in MongoDB. */
export interface StoredPlan {
	plan: PlanDocument | null;
	/** The head of the stored audit trail. */
	head: AuditHead | null;
}

/** The closing of the plan, from which a rerun continues. */
export interface PlanClosing {
	status: PlanStatus;
	reason: string;
	audit_head: AuditHead;
	/** Moment of the revision of its documents. */
	revised_at: number;
	finished_at: number;
}

/** Everything that closes a plan. */
export interface ClosingWork {
	closing: PlanClosing;
	revision: string;
	labels: { risk_band: string; orchestrator_version: OrchestratorVersion };
	writes: DocumentWrite[];
	closed: ClosedPlan;
	incident(affectedTickets: string[]): OrchestrationIncident;
}

export interface EndedPlan {
	ended: EndedRun;
	/** null: the run could not be asked. */
	words: LastWords | null;
	stored: StoredPlan;
	/** The actor of the audit record. */
	actor: string;
	nowMs: number;
}

const endings: Record<RunEnding, string> = {
	TERMINATED: "was terminated in Temporal",
	TIMED_OUT: "timed out in Temporal",
	FAILED: "failed in Temporal",
	CANCELLED: "was cancelled in Temporal and took no notice",
};

/**
 * Closes the plan of a run that was ended from outside as FAILED, with a revision above everything that is
 * stored and its audit trail continued. A plan that had reached its end keeps its status: only its documents
 * were missing. undefined: there is nothing to close.
 */
export function closeEndedPlan({
	ended,
	words,
	stored,
	actor,
	nowMs,
}: EndedPlan): ClosingWork | undefined {
	const plan = words?.plan ?? stored.plan;
	if (plan === null) return undefined;
	const isStoredFinal =
		stored.plan !== null && isFinalStatus(stored.plan.status);
	const wasDone = isFinalStatus(plan.status);
	if (isStoredFinal && wasDone) return undefined;

	const status = wasDone ? plan.status : "FAILED";
	const reason = `its run ${ended.run_id} ${endings[ended.ending]}${wasDone ? ` after the plan had ended as ${status}` : ""}`;
	const revised_at = Math.max(nowMs, momentOf(stored.plan) + 1);
	const revision = revisionText(revised_at, 1);
	const { record, head } = appendRecord(
		words === null ? stored.head : (plan.audit_head ?? null),
		{
			planId: plan.plan_id,
			planHash: plan.plan_hash,
			atMs: nowMs,
			trailStartMs: plan.created_at,
		},
		{
			actor,
			action: "close",
			reason,
			details: {
				status,
				run_id: ended.run_id,
				ending: ended.ending,
				ended_at: ended.ended_at,
			},
		},
	);
	const records = [...(words?.records ?? []), record];
	const finished_at = wasDone
		? (plan.finished_at ?? ended.ended_at)
		: ended.ended_at;
	const { revision: _, ...fields } = plan as PlanDocument;
	const closed: Omit<PlanDocument, "revision"> = {
		...fields,
		...(wasDone ? {} : failedFields(plan, reason, ended.ended_at)),
		audit_head: head,
		finished_at,
		slack_at: null,
		updated_at: nowMs,
	};
	return {
		closing: { status, reason, audit_head: head, revised_at, finished_at },
		revision,
		labels: {
			risk_band: plan.risk_band ?? "unknown",
			orchestrator_version: identityOf(plan).orchestrator_version,
		},
		writes: [
			...records.map(
				(one): DocumentWrite => ({
					collection: "audit_trail",
					_id: auditKey(plan.plan_id, one),
					revision,
					fields: { ...one },
				}),
			),
			{
				collection: "workflows",
				_id: plan.workflow_id,
				revision,
				fields: { ...closed },
			},
		],
		closed: {
			plan: closed,
			reason,
			revision,
			wasDone,
			nowMs,
			identity: identityOf(plan),
		},
		incident: (affectedTickets) =>
			createIncident(identityOf(plan), {
				occasion: `${ended.run_id}/ended`,
				type: "INCONSISTENCY",
				details: [`plan ${plan.plan_id} was closed as ${status}: ${reason}`],
				affectedTickets,
				escalate: true,
				createdAt: nowMs,
			}),
	};
}

/** Unix epoch, ms, of the stored revision (`revisionText`). */
function momentOf(plan: PlanDocument | null): number {
	const moment = Number(plan?.revision.split("-", 1)[0]);
	return Number.isSafeInteger(moment) ? moment : 0;
}

function failedFields(
	plan: Omit<PlanDocument, "revision">,
	reason: string,
	endedAtMs: number,
): Pick<
	PlanDocument,
	"status" | "stage" | "error_message" | "steps" | "tickets_failed"
> {
	return {
		status: "FAILED",
		stage: stageOf("FAILED", plan.current_step),
		error_message: reason,
		steps: plan.steps.map((step) => failedStep(step, endedAtMs)),
		tickets_failed: Math.max(
			0,
			plan.tickets_generated - plan.tickets_completed,
		),
	};
}

function failedStep(step: PlanStep, endedAtMs: number): PlanStep {
	if (step.status !== "running") return step;
	const { running_since, ...rest } = step;
	const sinceMs = running_since ?? step.started_at;
	const ended_at = Math.max(sinceMs, endedAtMs);
	return {
		...rest,
		status: "failed",
		ended_at,
		duration_ms: (step.duration_ms ?? 0) + ended_at - sinceMs,
	};
}

function identityOf(plan: Omit<PlanDocument, "revision">) {
	return {
		plan_id: plan.plan_id,
		intent_id: plan.intent_id,
		decision_id: plan.decision_id,
		correlation_id: plan.correlation_id ?? plan.decision_id,
		trace_id: null,
		span_id: null,
		workflow_id: plan.workflow_id,
		orchestrator_version: plan.orchestrator_version ?? "V2",
	} as const;
}
