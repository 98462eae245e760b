import { workflowInfo } from "@temporalio/workflow";
import { PLAN_TIMEOUT } from "../src/domain/execution/transitions.ts";
import type { FinalPlanStatus } from "../src/domain/plan-run.ts";
import { isDeniedOnly } from "../src/domain/policy-problems.ts";
import type { PlanOutcome } from "../src/domain/rollout/outcome.ts";
import { planOutcome, type RanOn } from "../src/domain/rollout/plan-outcome.ts";
import { buildOfTask } from "./build-of-task.ts";
import { slaDeadline } from "./plan-sla.ts";
import type { PlanRun } from "./run-state.ts";

/** How the plan ended: once for each chain of runs, whatever a rerun makes of it later. */
export function takeOutcome(run: PlanRun): PlanOutcome | undefined {
	const { facts } = run;
	const { firstExecutionRunId } = workflowInfo();
	if (facts.outcomeOf === firstExecutionRunId) return undefined;
	facts.outcomeOf = firstExecutionRunId;
	return outcomeOf(run, firstExecutionRunId);
}

function outcomeOf(run: PlanRun, runId: string): PlanOutcome {
	const { facts, input, plan } = run;
	const { status, problems, errorMessage, chainStartedAtMs } = facts;
	return planOutcome({
		...{ input, runId, status: status as FinalPlanStatus },
		isDenied: isDeniedOnly(problems),
		isTimedOut: errorMessage === PLAN_TIMEOUT,
		fallbackReason: facts.fallback?.reason ?? null,
		domain: plan?.domain ?? null,
		riskBand: facts.terms?.risk_band ?? plan?.risk_band ?? null,
		startedAtMs: chainStartedAtMs,
		endedAtMs: facts.finishedAt ?? Date.now(),
		heldMs: heldMs(run),
		deadlineMs: slaDeadline(run),
		predictedMs: predictedMs(run),
		build: ranOn(),
	});
}

/** Pauses that are over, and the time until a person answered. */
function heldMs({ facts, approval }: PlanRun): number {
	const { approvalWait, finishedAt, chainStartedAtMs, heldMs = 0 } = facts;
	const requestedAtMs = approvalWait?.requested_at ?? Infinity;
	const answeredAtMs = approval?.atMs ?? finishedAt ?? 0;
	// A rerun carries the former chain's wait.
	const isOwn = requestedAtMs >= chainStartedAtMs;
	return heldMs + (isOwn ? Math.max(0, answeredAtMs - requestedAtMs) : 0);
}

/** The longest path as it was after C2. */
function predictedMs({ execution }: PlanRun): number | null {
	const longest = execution?.remainingMs.reduce(
		(most, pathMs) => Math.max(most, pathMs),
		0,
	);
	return longest || null;
}

function ranOn(): RanOn | null {
	const version = buildOfTask();
	if (version === undefined) return null;
	const { deploymentName: deployment, buildId: build } = version;
	return { deployment, build };
}
