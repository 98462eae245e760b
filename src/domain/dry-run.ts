import type { PlanProblem } from "./documents.ts";
import { addProblem } from "./field-reader.ts";
import {
	DEFAULT_ESTIMATE_MS,
	estimateMs,
	generateTickets,
	termsOf,
} from "./generate-tickets.ts";
import type { Plan } from "./plan.ts";
import { drawGraph, nodesOfPlan, type PlanGraph } from "./plan-graph.ts";
import type { OrchestratorVersion, PlanRunInput } from "./plan-run.ts";
import type { FeatureFlags } from "./policy-words.ts";
import {
	type FinishInterval,
	predictFinish,
	proposeTimeouts,
} from "./predict-dry-run.ts";
import { needsApproval } from "./read-decision.ts";
import { readPlan } from "./read-plan.ts";
import { planDeadline, promisedMs } from "./sla/plan-deadline.ts";
import {
	MAX_CARRIED_TASKS,
	type ValidatedPlan,
	validatePlan,
} from "./validate-plan.ts";

export const dryRunOutcomes = [
	"would_run",
	"would_wait_for_approval",
	"would_be_recorded",
	"would_be_invalid",
	"would_be_refused",
] as const;
export type DryRunOutcome = (typeof dryRunOutcomes)[number];

/** The outcome that a decision or a bare plan would have if it were submitted now. */
export interface DryRun {
	outcome: DryRunOutcome;
	/** Whether C1 would pass the plan. */
	valid: boolean;
	/** null: it could not be read. */
	plan_id: string | null;
	decision_id: string | null;
	plan_hash: string | null;
	/** Which version would run it. */
	orchestrator_version: OrchestratorVersion | null;
	/** All of them. */
	problems: PlanProblem[];
	warnings: PlanProblem[];
	/** null: there is no plan to draw, or one with too many tasks. */
	dag: PlanGraph | null;
	/** null: there is nothing to run. */
	prediction: DryRunPrediction | null;
	/** What policies say now; absent when there was nothing to ask about, or they are off. */
	policy?: DryRunPolicy;
}

export interface DryRunPolicy {
	/** `undecided`: they give no decision now. */
	outcome: string;
	feature_flags: FeatureFlags | null;
	/** Tasks whose tickets would be denied. */
	denied_tasks: string[];
}

export interface DryRunPrediction {
	/** Unix epoch, ms. */
	finish_at: number;
	duration_ms: number;
	/** The promised deadline: by the decision, else the sum of time-outs along the longest path. Unix epoch, ms. */
	sla_deadline: number;
	/** A sentence: the assumptions of the figures. */
	basis: string;
	/** Tasks with an estimate of their own; the others count as the default. */
	tasks_with_estimate: number;
	tasks_without_estimate: number;
	/** Absent: no model predicts the tasks. */
	interval?: FinishInterval;
}

/** Runs C1 and C2 with the run's own input, as if it started now; starts nothing. */
export function dryRun(
	input: PlanRunInput,
	nowMs: number,
	/** By task, what one in a hundred such tasks exceeds, ms; null: not known. */
	p99Ms: readonly (number | null)[] = [],
): DryRun {
	const { decision, plan, plan_hash, orchestrator_version } = input;
	const { plan_id, decision_id } = decision;
	const common = { plan_id, decision_id, plan_hash, orchestrator_version };
	const maxTasks = Math.min(input.settings.planMaxTasks, MAX_CARRIED_TASKS);
	const validation = validatePlan({ plan, planId: plan_id, nowMs, maxTasks });
	const warnings = [...(input.warnings ?? []), ...validation.warnings];
	if (!validation.valid) {
		const { problems } = validation;
		const outcome = outcomeOf(input, false);
		const dag = sketch(plan, maxTasks);
		return {
			outcome,
			valid: false,
			...common,
			problems,
			warnings,
			dag,
			prediction: null,
		};
	}
	const outcome = outcomeOf(input, true);
	const dag = drawGraph(nodesOfPlan(validation.validated.plan));
	warnings.push(
		...warnOfLimit(
			validation.validated.plan,
			dag.critical_path?.duration_ms ?? 0,
			input.settings.planMaxDurationMs,
		),
		...proposeTimeouts(validation.validated, p99Ms, input.settings),
	);
	return {
		outcome,
		valid: true,
		...common,
		problems: [],
		warnings,
		dag,
		prediction:
			outcome === "would_be_recorded"
				? null
				: predict(input, validation.validated, { dag, outcome, nowMs }),
	};
}

function outcomeOf(
	{ decision, plan }: PlanRunInput,
	valid: boolean,
): DryRunOutcome {
	if (decision.final_decision === "reject") return "would_be_recorded";
	if (!valid) return "would_be_invalid";
	return needsApproval(decision, plan)
		? "would_wait_for_approval"
		: "would_run";
}

/**
 * The graph of an unsound plan as far as possible; null for a plan with too many tasks, which may be 500,000.
 */
function sketch(value: unknown, maxTasks: number): PlanGraph | null {
	if (typeof value !== "object" || value === null) return null;
	const { plan } = readPlan(value);
	return plan.tasks.length > maxTasks ? null : drawGraph(nodesOfPlan(plan));
}

function predict(
	input: PlanRunInput,
	validated: ValidatedPlan,
	{
		dag,
		outcome,
		nowMs,
	}: { dag: PlanGraph; outcome: DryRunOutcome; nowMs: number },
): DryRunPrediction {
	const estimated_ms = dag.critical_path?.duration_ms ?? 0;
	const terms = termsOf(validated.plan, nowMs);
	const tickets = generateTickets(validated, terms, input.settings);
	const promised = promisedMs(input.decision.metadata);
	const { tasks } = validated.plan;
	const estimated = tasks.filter(
		({ estimated_duration_ms }) => estimated_duration_ms !== null,
	).length;
	const start =
		outcome === "would_run" ? "now" : "now, as if it were approved at once";
	const sla_deadline = planDeadline(promised ?? null, tickets, nowMs).deadline;
	const predicted =
		input.predictions &&
		predictFinish(validated, input.predictions, {
			...{ nowMs, deadlineMs: sla_deadline },
		});
	const { duration_ms = estimated_ms, ...interval } = predicted ?? {};
	const what =
		predicted === undefined
			? `the tasks' own estimates along the critical path, ${DEFAULT_ESTIMATE_MS} ms for a task without one`
			: `what ${predicted.model} predicts for each task`;
	return {
		finish_at: nowMs + duration_ms,
		duration_ms,
		sla_deadline,
		...(predicted && { interval: interval as FinishInterval }),
		basis: `${what}, from ${start}; no task waits for a worker, none is tried twice`,
		tasks_with_estimate: estimated,
		tasks_without_estimate: tasks.length - estimated,
	};
}

/**
 * Warns of work that will not end before the plan's limit, by the tasks' own estimates: each task that alone
 * takes longer, else the critical path if it does. `limitMs` counts from the end of approval.
 */
function warnOfLimit(
	plan: Plan,
	criticalPathMs: number,
	limitMs: number,
): PlanProblem[] {
	const warnings: PlanProblem[] = [];
	const until = `the plan's limit of ${limitMs} ms`;
	const remedy = "split it, or raise PLAN_MAX_DURATION_MS";
	for (const [index, task] of plan.tasks.entries()) {
		const path = `$.tasks[${index}].estimated_duration_ms`;
		const estimate = estimateMs(task);
		if (estimate <= limitMs) continue;
		addProblem(warnings, {
			path,
			code: "TASK_EXCEEDS_PLAN_LIMIT",
			message: `${path} is ${estimate}: the task would time out at ${until}; ${remedy}`,
		});
	}
	if (warnings.length === 0 && criticalPathMs > limitMs) {
		warnings.push({
			path: "$.tasks",
			code: "PLAN_EXCEEDS_LIMIT",
			message: `$.tasks take ${criticalPathMs} ms along the critical path: what is left at ${until} would time out or be skipped; ${remedy}`,
		});
	}
	return warnings;
}
