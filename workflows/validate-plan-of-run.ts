import {
	ApplicationFailure,
	CancellationScope,
	condition,
	isCancellation,
	patched,
	type TemporalFailure,
} from "@temporalio/workflow";
import { planHash } from "../src/domain/canonical-json.ts";
import type { PlanProblem } from "../src/domain/documents.ts";
import { isObject } from "../src/domain/field-reader.ts";
import type { Plan } from "../src/domain/plan.ts";
import { questionAboutPlan } from "../src/domain/policy-question.ts";
import { needsApproval } from "../src/domain/read-decision.ts";
import { readPlan } from "../src/domain/read-plan.ts";
import {
	MAX_CARRIED_TASKS,
	type Validation,
	validatePlan,
} from "../src/domain/validate-plan.ts";
import { durableFor, isActivityError, runDurably } from "./activity-proxies.ts";
import { awaitDecision, enterDecision } from "./ask-policy.ts";
import { endIfCancelled } from "./await-approval.ts";
import type { DocumentFlusher } from "./document-flusher.ts";
import { moveStatus } from "./move-status.ts";
import { record } from "./record-events.ts";
import { isValidated, type PlanRun } from "./run-state.ts";

/** The longest wait for the ledger (protocol.md, "Starting"). */
const MAX_LEDGER_WAIT_MS = 24 * 3_600_000;

/**
 * C1: is the plan sound, and do policies allow it? The run is validated then, or the plan has ended as INVALID,
 * CANCELLED or EXPIRED. A fresh run goes on with the plan, or with asking the ledger or policies.
 */
export async function validatePlanOfRun(
	run: PlanRun,
	flusher: DocumentFlusher,
	yields: () => boolean,
): Promise<"finished" | "yielded"> {
	if (isValidated(run)) return "finished";
	record(run, { kind: "validationStarted" });
	const read: LedgerReading =
		(run.input.plan ?? null) === null
			? await readFromLedger(run, yields)
			: { plan: run.input.plan };
	if (read === "yielded") return read;
	if (endIfCancelled(run)) return "finished";
	const validation = validate(run, read);
	run.facts.warnings = [...(run.input.warnings ?? []), ...validation.warnings];
	const judged = run.input.settings.policyFirst
		? await judgeByPolicy(run, { validation, flusher, yields })
		: validation;
	if (typeof judged === "string")
		return judged === "yielded" ? judged : "finished";
	if (judged.valid) run.plan = judged.validated.plan;
	record(run, { kind: "planValidated", validation: judged });
	if (!judged.valid) endInvalid(run, judged.problems);
	return "finished";
}

interface Judging {
	validation: Validation;
	flusher: DocumentFlusher;
	yields(): boolean;
}

/**
 * The validation with the problems of policies beside its own, so that both are named in one answer. A plan
 * that is not sound waits for no decision.
 */
async function judgeByPolicy(
	run: PlanRun,
	{ validation, flusher, yields }: Judging,
): Promise<Validation | "yielded" | "ended"> {
	const { facts, identity, input } = run;
	const plan = validation.valid ? validation.validated.plan : planToJudge(run);
	if (plan === undefined) return validation;
	const question = questionAboutPlan(input, identity.workflow_id, plan);
	const decision = validation.valid
		? await awaitDecision(run, question, {
				step: "c1",
				flusher,
				untilMs: decisionLimitMs(run, plan),
				yields,
			})
		: await runDurably(run.turns, "evaluatePolicy", question);
	if (typeof decision === "string") return decision;
	const { outcome } = decision;
	const isFinal = !needsApproval(input.decision, input.plan);
	facts.policy = { c1: outcome, c2: isFinal ? outcome : null, c3: null };
	if (outcome === "undecided") return validation;
	const found = enterDecision(run, decision);
	if (found.length === 0) return validation;
	const problems = validation.valid ? [] : validation.problems;
	const { warnings } = validation;
	return { valid: false, problems: [...problems, ...found], warnings };
}

/** A plan that is not sound, if it can be read so far. */
function planToJudge(run: PlanRun): Plan | undefined {
	const { plan } = readPlan(run.input.plan);
	const isRead = plan.tasks.length > 0 && plan.plan_id !== "";
	const isLarge = plan.tasks.length > run.input.settings.planMaxTasks;
	return isRead && !isLarge ? plan : undefined;
}

/** Until then a plan waits for its first decision: as long as it may wait for a person. */
function decisionLimitMs({ facts, input }: PlanRun, plan: Plan): number {
	const c1 = facts.steps.find(({ name }) => name === "C1");
	return (
		plan.valid_until ??
		input.decision.valid_until ??
		(c1?.started_at ?? Date.now()) + input.settings.approvalTimeoutMs
	);
}

/** Ends an invalid plan; its document shows all its problems. */
export function endInvalid(run: PlanRun, problems: PlanProblem[]): void {
	run.facts.problems = problems;
	run.facts.errorMessage = problems[0]?.message ?? null;
	moveStatus(run, "refused", "INVALID");
}

function validate(
	run: PlanRun,
	read: Exclude<LedgerReading, "yielded">,
): Validation {
	if ("problem" in read)
		return { valid: false, warnings: [], problems: [read.problem] };
	const asked = {
		plan: read.plan,
		planId: run.identity.plan_id,
		nowMs: Date.now(),
		maxTasks: maxTasksOf(run, read.plan),
	};
	const validation = validatePlan(asked);
	if (validation.valid) return validation;
	const former = validatePlan({ ...asked, formerRules: true });
	return former.valid && !patched("9-ids-and-dates") ? former : validation;
}

/** Runs from before the patch `9-tasks` took whatever the setting allowed. */
function maxTasksOf({ input }: PlanRun, plan: unknown): number {
	const { planMaxTasks } = input.settings;
	const tasks = isObject(plan) ? plan.tasks : undefined;
	const count = Array.isArray(tasks) ? tasks.length : 0;
	const isTooMany = count > MAX_CARRIED_TASKS && count <= planMaxTasks;
	return isTooMany && patched("9-tasks") ? MAX_CARRIED_TASKS : planMaxTasks;
}

type LedgerReading = { plan: unknown } | { problem: PlanProblem } | "yielded";

/** Stores the ledger's plan in `input`, so that continue-as-new carries it; a cancel ends the wait. */
async function readFromLedger(
	run: PlanRun,
	yields: () => boolean,
): Promise<LedgerReading> {
	const sinceMs =
		run.facts.steps.find(({ name }) => name === "C1")?.started_at ?? Date.now();
	const untilMs = Math.min(
		run.input.decision.valid_until ?? Infinity,
		sinceMs + MAX_LEDGER_WAIT_MS,
	);
	const scope = new CancellationScope({ cancellable: true });
	run.ledgerSince = sinceMs;
	const reading = scope
		.run(() =>
			durableFor(untilMs - Date.now()).readLedger(run.identity.plan_id),
		)
		.then(
			(plan): LedgerReading =>
				plan === null ? { problem: notFound(run) } : { plan },
			(error: unknown) => problemOf(run, error),
		);
	const cancelled = condition(() => run.facts.cancel !== null);
	let isOver = false;
	const yielding = condition(
		() => !isOver && run.facts.cancel === null && yields(),
	);
	const read = await Promise.race([
		reading,
		cancelled.then((): LedgerReading => ({ problem: notFound(run) })),
		yielding.then((): LedgerReading => "yielded"),
	]);
	isOver = true;
	scope.cancel();
	run.ledgerSince = null;
	if (read === "yielded" || "problem" in read) return read;
	run.input.plan = read.plan;
	run.facts.planHash = planHash(read.plan);
	return read;
}

function problemOf(run: PlanRun, error: unknown): LedgerReading {
	if (!isActivityError(error) && !isCancellation(error)) throw error;
	const { cause } = error as TemporalFailure;
	if (!(cause instanceof ApplicationFailure) || cause.type !== "PLAN_TOO_LARGE")
		return { problem: notFound(run) };
	const { message } = cause;
	return { problem: { path: LEDGER_PATH, code: cause.type, message } };
}

const LEDGER_PATH = "$.cognitive_plan";

function notFound({ identity }: PlanRun): PlanProblem {
	return {
		path: LEDGER_PATH,
		code: "PLAN_NOT_FOUND",
		message: `${LEDGER_PATH} is null and the ledger has no plan ${identity.plan_id}: publish the plan with the decision`,
	};
}
