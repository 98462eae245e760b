import type { TelemetryFrame } from "../../schemas/telemetry-frame.ts";
import type { AuditHead } from "./audit-chain.ts";
import type { ConsolidatedResult } from "./consolidate.ts";
import type { PlanDocument, PlanStep, StepName } from "./documents.ts";
import type { Execution } from "./execution/state.ts";
import type { FinalPlanStatus, PlanStatus } from "./plan-run.ts";
import { checkDeadline } from "./sla/consumption.ts";
import { type ErrorBudget, isBudgetCritical } from "./sla/error-budget.ts";
import type { PlanIdentity } from "./wire-ticket.ts";

/** The step strings of the earlier service (contracts.md, "Steps of the earlier service"), which its clients still read. */
const stages: Record<StepName, string> = {
	C1: "validating_plan",
	C2: "generating_tickets",
	C3: "allocating_resources",
	C4: "publishing_tickets",
	C5: "consolidating_results",
	C6: "publishing_telemetry",
};

/** Every word `stageOf` says. */
export const planStages: readonly string[] = [
	"initializing",
	...Object.values(stages),
	"completed",
	"failed",
	"cancelled",
];

/** `initializing` before C1, `completed`, `failed` or `cancelled` at the end, else the step's own word. */
export function stageOf(status: PlanStatus, step: StepName | null): string {
	if (status === "SUCCESS" || status === "PARTIAL") return "completed";
	if (status === "CANCELLED") return "cancelled";
	if (
		status === "FAILED" ||
		status === "INVALID" ||
		status === "REJECTED" ||
		status === "EXPIRED"
	)
		return "failed";
	return step === null ? "initializing" : stages[step];
}

/** Tickets completed and failed so far; once C5 has decided, its figures stand. */
export function countTickets(
	execution: Execution | undefined,
	result: ConsolidatedResult | undefined,
): Pick<
	PlanDocument,
	"tickets_generated" | "tickets_completed" | "tickets_failed" | "retries"
> {
	const tickets = execution?.tickets ?? [];
	const completed = tickets.filter(
		({ outcome }) => outcome === "completed",
	).length;
	const ended = tickets.length - (execution?.openCount ?? 0);
	return {
		tickets_generated: tickets.length,
		tickets_completed: result?.metrics.successful_tickets ?? completed,
		tickets_failed: result?.metrics.failed_tickets ?? ended - completed,
		retries: tickets.reduce(
			(sum, { attempts }) => sum + Math.max(0, attempts.length - 1),
			0,
		),
	};
}

export interface FrameFacts {
	frameId: string;
	identity: PlanIdentity;
	/** A plan that never came to C5 may end in other ways as well. */
	result: Omit<ConsolidatedResult, "status"> & { status: FinalPlanStatus };
	steps: readonly PlanStep[];
	/** Logical ids. */
	ticketIds: string[];
	/** The latest deadline of a ticket; null when there are none. */
	slaDeadline: number | null;
	/** When the promise began, and the share of its time after which a deadline approaches; absent: only when it is over. */
	slaWarning?: { startedAt: number; ratio: number };
	/** Where the plan's audit trail ended before the records of the plan's end. */
	auditHead: AuditHead | null;
	startedAt: number;
	nowMs: number;
}

/** C6: the telemetry frame of contracts.md, "Telemetry frame" with what its readers expect at the top level (protocol.md). */
export function createFrame({
	frameId,
	identity,
	result,
	steps,
	ticketIds,
	slaDeadline,
	auditHead,
	startedAt,
	nowMs,
	slaWarning = { startedAt, ratio: 1 },
}: FrameFacts): TelemetryFrame {
	const { metrics } = result;
	const { deadline_approaching } = checkDeadline(
		{ createdAtMs: slaWarning.startedAt, deadlineMs: slaDeadline, nowMs },
		slaWarning.ratio,
	);
	const { plan_id, intent_id, workflow_id } = identity;
	// A plan that ended within its first millisecond still took time.
	const durationMs = Math.max(1, nowMs - startedAt);
	return {
		frame_id: frameId,
		plan_id,
		intent_id,
		decision_id: identity.decision_id,
		correlation_id: identity.correlation_id,
		trace_id: identity.trace_id,
		workflow_id,
		orchestrator_version: identity.orchestrator_version,
		status: result.status,
		total_duration_ms: durationMs,
		duration_ms: durationMs,
		tickets_generated: metrics.total_tickets,
		tickets_completed: metrics.successful_tickets,
		tickets_failed: metrics.failed_tickets,
		steps: steps.map(({ name, status, duration_ms }) => ({
			name,
			status,
			duration_ms,
		})),
		correlation: { intent_id, plan_id, workflow_id, ticket_ids: ticketIds },
		metrics: {
			...metrics,
			sla_metrics: {
				deadline_approaching,
				budget_critical: false,
				violations_count: metrics.sla_violations,
				remaining_seconds:
					slaDeadline === null ? null : (slaDeadline - nowMs) / 1000,
				// Known to whoever publishes it.
				budget_status: "UNKNOWN",
			},
		},
		timestamp: new Date(nowMs).toISOString(),
		source: "orchestrator-dynamic",
		audit_head: auditHead,
	};
}

/** The frame with how the error budgets stand: by the one of which least is left; undefined: nobody knows. */
export function withBudget(
	frame: TelemetryFrame,
	worst: Pick<ErrorBudget, "status" | "error_budget_remaining"> | undefined,
	criticalRatio: number,
): TelemetryFrame {
	if (worst === undefined) return frame;
	const { status: budget_status, error_budget_remaining: left } = worst;
	const budget_critical = isBudgetCritical(left, criticalRatio);
	const { metrics } = frame;
	const { sla_metrics } = metrics;
	return {
		...frame,
		metrics: {
			...metrics,
			sla_metrics: { ...sla_metrics, budget_status, budget_critical },
		},
	};
}
