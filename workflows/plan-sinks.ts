import { proxySinks, type Sink, type Sinks } from "@temporalio/workflow";
import type { StepName } from "../src/domain/documents.ts";
import type { RunEnding } from "../src/domain/ended-run.ts";
import type { PlanStatus } from "../src/domain/plan-run.ts";
import type { Arm } from "../src/domain/rollout/judgement.ts";
import type { PlanOutcome } from "../src/domain/rollout/outcome.ts";
import type { TracedPlan } from "../src/domain/trace/plan-spans.ts";

/** What every event of a plan says of it; the trace is for the log, no label of metrics. */
export interface PlanLabels {
	risk_band: string;
	orchestrator_version: string;
	/** Of its own trace, else as the decision gave it; null: none. */
	trace_id?: string | null;
	/** Whether the plan's spans are exported, as far as that is known by now; absent: they are not. */
	exported?: boolean;
}

/** `none`: no release compares it. */
export type OutcomeArm = Arm | "none";

export interface TicketCount {
	task_type: string;
	count: number;
}

/** Time spent in a step. */
export interface StepTime {
	name: StepName;
	durationMs: number;
}

/** The end of a plan, or of its newest round if it was run again. */
export interface PlanEnd {
	/** The final status. */
	status: PlanStatus;
	durationMs: number;
}

/** The calls to the metrics and the log; none on replay. Counts are since the last call. */
export interface PlanSink extends Sink {
	validated(labels: PlanLabels, result: "valid" | "invalid"): void;
	started(labels: PlanLabels): void;
	generated(labels: PlanLabels, priority: string, tickets: TicketCount[]): void;
	allocated(labels: PlanLabels, method: string, count: number): void;
	published(
		labels: PlanLabels,
		tickets: TicketCount[],
		retries: { task_type: string; attempt: number }[],
	): void;
	/** Policies forbid tickets, which end as failed. */
	ticketsDenied(labels: PlanLabels, count: number): void;
	/** The first tickets of the plan are out. */
	firstTickets(labels: PlanLabels, sinceDecisionMs: number): void;
	results(labels: PlanLabels, effects: Record<string, number>): void;
	ticketsEnded(
		labels: PlanLabels,
		tickets: (TicketCount & { outcome: string })[],
	): void;
	compensating(labels: PlanLabels, reason: string): void;
	compensated(
		labels: PlanLabels,
		reason: string,
		counts: { completed: number; failed: number; durationMs: number },
	): void;
	/** A command that came by a signal or by Temporal's own cancel, and why it has no effect. */
	refused(labels: PlanLabels, command: string, why: string): void;
	/** Kafka will never take an incident of the plan; it stands in the plan instead. */
	incidentRefused(labels: PlanLabels, why: string): void;
	/** C6 is over; `steps` are those of the round that has ended. */
	frame(
		labels: PlanLabels | null,
		outcome: "published" | "buffered",
		steps: StepTime[],
	): void;
	/** Something the plan needed did not answer at once, and is waited for durably. */
	fallback(
		labels: PlanLabels,
		what: "kafka" | "mongodb" | "policy" | "telemetry",
	): void;
	/** A fault of ours: the plan's state breaks a law that it should keep. */
	inconsistent(labels: PlanLabels, problem: string): void;
	/** The plan was closed, because its run was ended from outside; `end` unless it had ended by itself. */
	runEnded(
		labels: PlanLabels,
		ending: RunEnding,
		planId: string,
		end: PlanEnd | undefined,
	): void;
	/** V2 failed within the plan, which goes on in V1's order. */
	fellBack(labels: PlanLabels, reason: string): void;
	/** The plan's end is booked on a version, and on an arm of a release. */
	outcome(
		labels: PlanLabels,
		arm: OutcomeArm,
		outcome: Pick<PlanOutcome, "counts" | "failure_class" | "sla_missed">,
	): void;
	/** The plan reached a final status, by itself. */
	ended(labels: PlanLabels, end: PlanEnd): void;
	/** A round of the plan is over, C6 included, and its spans are to be exported. */
	traced(labels: PlanLabels, plan: TracedPlan): void;
}

export interface PlanSinks extends Sinks {
	plan: PlanSink;
}

export const { plan: planSink } = proxySinks<PlanSinks>();

/** How many of each task type. */
export function countByType(
	specs: readonly { task_type: string }[],
): TicketCount[] {
	const counts = new Map<string, number>();
	for (const { task_type } of specs)
		counts.set(task_type, (counts.get(task_type) ?? 0) + 1);
	return [...counts].map(([task_type, count]) => ({ task_type, count }));
}
