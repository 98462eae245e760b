import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { AllocationMetadata } from "./documents.ts";
import {
	dependencyIds,
	logicalDependencies,
} from "./execution/attempt-dependencies.ts";
import type { Execution } from "./execution/state.ts";
import { specOf, stateOf, wireId } from "./execution/state.ts";
import type { PlanTerms, TicketSpec } from "./generate-tickets.ts";
import type { OrchestratorVersion } from "./plan-run.ts";
import { predictionText } from "./prediction/carried-prediction.ts";

/** The identity of a plan, for every ticket, document and frame. */
export interface PlanIdentity {
	plan_id: string;
	intent_id: string;
	decision_id: string;
	correlation_id: string;
	trace_id: string | null;
	span_id: string | null;
	workflow_id: string;
	orchestrator_version: OrchestratorVersion;
}

/** One attempt as it travels on `execution.tickets`: always PENDING, dependencies by the attempts it names (protocol.md). */
export function toWireTicket(
	execution: Execution,
	ticket: number,
	attempt: number,
	identity: PlanIdentity,
	terms: PlanTerms,
): ExecutionTicket {
	const spec = specOf(execution, ticket);
	return {
		ticket_id: wireId(execution, ticket, attempt),
		plan_id: identity.plan_id,
		intent_id: identity.intent_id,
		decision_id: identity.decision_id,
		correlation_id: identity.correlation_id,
		trace_id: identity.trace_id,
		span_id: identity.span_id,
		task_id: taskIdOf(spec),
		task_type: spec.task_type,
		description: spec.description,
		dependencies: dependencyIds(execution, ticket, attempt),
		status: "PENDING",
		priority:
			stateOf(execution, ticket).attempts[attempt - 1]?.priority ??
			terms.priority,
		risk_band: terms.risk_band,
		sla: {
			deadline: spec.deadline,
			timeout_ms: spec.timeout_ms,
			max_retries: terms.max_retries,
		},
		qos: terms.qos,
		parameters: spec.parameters,
		required_capabilities: spec.required_capabilities,
		security_level: terms.security_level,
		created_at: spec.created_at,
		started_at: null,
		completed_at: null,
		estimated_duration_ms: spec.estimated_duration_ms,
		actual_duration_ms: null,
		retry_count: attempt - 1,
		error_message: null,
		compensation_ticket_id: null,
		metadata: {
			...attemptMetadata(execution, ticket, attempt, identity),
			...logicalNames(execution, ticket, attempt),
		},
		schema_version: 1,
	};
}

/** The task's id; a compensation, which has no task in the plan, is named after its ticket. */
export function taskIdOf({
	task_id,
	compensates,
}: Pick<TicketSpec, "task_id" | "compensates">): string {
	return compensates === undefined
		? task_id
		: `compensate-${compensates.slice(0, 8)}`;
}

/** The metadata of every attempt beside its task's own (protocol.md, "Ticket and attempt"). */
export function attemptMetadata(
	execution: Execution,
	ticket: number,
	attempt: number,
	identity: PlanIdentity,
): Record<string, string> {
	const spec = specOf(execution, ticket);
	const { allocation, attempts } = stateOf(execution, ticket);
	// An attempt that is not published yet may still get other dependencies.
	const isNamed = attempts[attempt - 1]?.tried === true;
	return {
		...spec.metadata,
		logical_ticket_id: spec.ticket_id,
		...(isNamed && logicalNames(execution, ticket, attempt)),
		attempt: String(attempt),
		generation: String(spec.generation),
		workflow_id: identity.workflow_id,
		orchestrator_version: identity.orchestrator_version,
		...allocationMetadata(allocation),
		generated_by: "orchestrator-dynamic",
	};
}

/** The tickets' own ids where an attempt names others. */
function logicalNames(
	execution: Execution,
	ticket: number,
	attempt: number,
): Record<string, string> {
	const ids = logicalDependencies(execution, ticket, attempt);
	return ids === undefined ? {} : { logical_dependencies: JSON.stringify(ids) };
}

/** The ticket with its chosen agent. */
export function withAllocation(
	ticket: ExecutionTicket,
	allocation: AllocationMetadata,
): ExecutionTicket {
	const metadata = { ...ticket.metadata, ...allocationMetadata(allocation) };
	return { ...ticket, metadata };
}

/** The absence of a chosen agent is written too: workers and people can see it. */
function allocationMetadata(allocation: AllocationMetadata | null) {
	return {
		assigned_agent_id: allocation?.agent_id ?? "",
		allocation_method: allocation?.allocation_method ?? "not_allocated",
		...(allocation?.composite_score !== undefined && {
			allocation_score: allocation.composite_score.toFixed(4),
			allocation_decided_by: allocation.deciding_term ?? "",
		}),
		...(allocation?.view_age_ms !== undefined && {
			allocation_view_age_ms: String(allocation.view_age_ms),
		}),
		...(allocation?.overflow && { allocation_overflow: "true" }),
		...(allocation?.prediction && {
			predictions: predictionText(allocation.prediction),
		}),
	};
}
