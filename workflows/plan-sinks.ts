import { proxySinks, type Sink, type Sinks } from "@temporalio/workflow";
import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import type { PlanStatus } from "../src/domain/plan-run.ts";

export interface PlanLabels {
	risk_band: string;
	orchestrator_version: string;
}

/** What a plan tells the metrics and the log; never on replay. Counts are since the last call. */
export interface PlanSink extends Sink {
	started(labels: PlanLabels): void;
	validated(labels: PlanLabels, result: "valid" | "invalid"): void;
	generated(
		labels: PlanLabels,
		tickets: {
			task_type: ExecutionTicket["task_type"];
			priority: ExecutionTicket["priority"];
			count: number;
		}[],
	): void;
	allocated(labels: PlanLabels, method: string, count: number): void;
	published(
		labels: PlanLabels,
		published: {
			count: number;
			retries: { task_type: string; attempt: number }[];
			sinceDecisionMs: number | null;
		},
	): void;
	results(labels: PlanLabels, effects: Record<string, number>): void;
	ticketEnded(
		labels: PlanLabels,
		ended: { task_type: string; outcome: string; count: number }[],
	): void;
	compensation(
		labels: PlanLabels,
		event: {
			reason: string;
			triggered: number;
			executed: number;
			failed: number;
		},
	): void;
	fallback(labels: PlanLabels, what: "kafka" | "mongodb" | "telemetry"): void;
	ended(labels: PlanLabels, status: PlanStatus, durationMs: number): void;
}

export interface PlanSinks extends Sinks {
	plan: PlanSink;
}

export const { plan: planSink } = proxySinks<PlanSinks>();
