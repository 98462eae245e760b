import type { EndedRun } from "../ended-run.ts";
import { isObject } from "../field-reader.ts";
import type {
	FinalPlanStatus,
	OrchestratorVersion,
	PlanRunInput,
} from "../plan-run.ts";
import { tenantOf } from "../policy-question.ts";
import {
	type FailureClass,
	failureClasses,
	type PlanOutcome,
} from "./outcome.ts";

/** The collection of outcomes. */
export const PLAN_OUTCOMES = "plan_outcomes" as const;

/** Worker deployment and build. */
export interface RanOn {
	deployment: string;
	build: string;
}

/** How a plan ended, as its own run knows it. Times are Unix epoch, ms. */
export interface PlanEndFacts {
	input: Pick<PlanRunInput, "decision" | "orchestrator_version" | "routing">;
	runId: string;
	status: FinalPlanStatus;
	isDenied: boolean;
	isTimedOut: boolean;
	/** Why V2 gave up; null: it did not. */
	fallbackReason: string | null;
	domain: string | null;
	riskBand: string | null;
	startedAtMs: number;
	endedAtMs: number;
	/** Time in which it waited for a person. */
	heldMs: number;
	/** null: it was never promised. */
	deadlineMs: number | null;
	/** null: it never had tickets. */
	predictedMs: number | null;
	/** Of the worker; null: it has no version. */
	build: RanOn | null;
}

/** The outcome, without the time of its write. */
export function planOutcome(facts: PlanEndFacts): PlanOutcome {
	const { input, status, startedAtMs, endedAtMs, deadlineMs } = facts;
	const failure_class = failureClassOf(facts);
	const duration_ms = Math.max(0, endedAtMs - startedAtMs);
	return {
		...routedFields(input),
		run_id: facts.runId,
		version_ran: versionRan(facts),
		fallback_reason: facts.fallbackReason,
		...ranOn(input, facts.build),
		started_at: startedAtMs,
		ended_at: endedAtMs,
		status,
		...classed(failure_class),
		sla_missed: deadlineMs !== null && endedAtMs > deadlineMs,
		duration_ms,
		active_ms: Math.max(0, duration_ms - facts.heldMs),
		predicted_ms: facts.predictedMs,
		risk_band: facts.riskBand,
		tenant: tenantOf(input.decision.metadata, facts.domain),
		domain: facts.domain,
		recorded_at: endedAtMs,
	};
}

/** How a run was started. */
export interface StartedPlan {
	input: PlanRunInput;
	/** First execution of its chain. */
	runId: string;
	/** Unix epoch, ms. */
	startedAtMs: number;
	build: RanOn | null;
}

/** The outcome of a plan whose run was ended from outside, of which its input is all that is known. */
export function endedOutcome(
	{ ended_at }: EndedRun,
	{ input, runId, startedAtMs, build }: StartedPlan,
): PlanOutcome {
	const { original_domain, risk_band } = isObject(input.plan) ? input.plan : {};
	const textOf = (value: unknown) => (typeof value === "string" ? value : null);
	const domain = textOf(original_domain);
	const duration_ms = Math.max(0, ended_at - startedAtMs);
	return {
		...routedFields(input),
		run_id: runId,
		version_ran: input.orchestrator_version,
		fallback_reason: null,
		...ranOn(input, build),
		started_at: startedAtMs,
		ended_at,
		status: "FAILED",
		...classed("run_ended"),
		sla_missed: false,
		...{ duration_ms, active_ms: duration_ms, predicted_ms: null },
		risk_band: textOf(risk_band)?.toLowerCase() ?? null,
		tenant: tenantOf(input.decision.metadata, domain),
		domain,
		recorded_at: ended_at,
	};
}

function failureClassOf({
	status,
	isDenied,
	isTimedOut,
	fallbackReason,
}: PlanEndFacts): FailureClass | null {
	switch (status) {
		case "SUCCESS":
			return fallbackReason === null ? null : "version_fallback";
		case "PARTIAL":
		case "FAILED":
			return isTimedOut ? "timed_out" : "tickets_failed";
		case "INVALID":
			return isDenied ? "plan_denied" : "plan_invalid";
		case "REJECTED":
			return "rejected";
		case "EXPIRED":
			return "approval_expired";
		case "CANCELLED":
			return "cancelled";
	}
}

function classed(
	failure_class: FailureClass | null,
): Pick<PlanOutcome, "failure_class" | "counts"> {
	const counts = failure_class === null || failureClasses[failure_class].counts;
	return { failure_class, counts };
}

function routedFields({
	decision,
	orchestrator_version,
	routing,
}: PlanEndFacts["input"]) {
	return {
		plan_id: decision.plan_id,
		version_assigned: orchestrator_version,
		version_weight: routing?.version_weight ?? null,
		routing_revision: routing?.split_revision ?? null,
		build_assigned: routing?.release?.build ?? null,
		build_weight: routing?.release?.weight ?? null,
		rollout_id: routing?.release?.rollout_id ?? null,
	};
}

function versionRan({
	input,
	fallbackReason,
}: Pick<PlanEndFacts, "input" | "fallbackReason">): OrchestratorVersion {
	return fallbackReason === null ? input.orchestrator_version : "V1";
}

function ranOn(
	{ routing }: PlanEndFacts["input"],
	build: PlanEndFacts["build"],
): Pick<PlanOutcome, "deployment" | "build_ran"> {
	return {
		deployment: build?.deployment ?? routing?.release?.deployment ?? null,
		build_ran: build?.build ?? null,
	};
}
