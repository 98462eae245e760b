import {
	CancellationScope,
	condition,
	isCancellation,
} from "@temporalio/workflow";
import {
	canonicalJson,
	planHash,
	textHash,
} from "../src/domain/canonical-json.ts";
import type { PlanProblem } from "../src/domain/documents.ts";
import { type Validation, validatePlan } from "../src/domain/validate-plan.ts";
import { durableFor, isActivityError } from "./activity-proxies.ts";
import { endIfCancelled } from "./await-approval.ts";
import {
	beginStep,
	chainId,
	endStep,
	keepDocument,
	labelsOf,
	type PlanRun,
	setStatus,
} from "./plan-run.ts";
import { planSink } from "./plan-sinks.ts";

/** The ledger is asked for at most this long (protocol.md, "Starting"). */
const MAX_LEDGER_WAIT_MS = 24 * 3_600_000;

/** C1: is the plan sound? Keeps the verdict for the audit either way; false when the plan is INVALID. */
export async function validatePlanOfRun(run: PlanRun): Promise<boolean> {
	beginStep(run, "C1");
	const value = run.input.plan ?? (await readFromLedger(run));
	if (endIfCancelled(run)) return false;
	const validation = validate(run, value);
	keepAudit(run, validation);
	keepDecision(run);
	endStep(run, "C1", validation.valid ? "completed" : "failed");
	run.facts.warnings = [...(run.input.warnings ?? []), ...validation.warnings];
	if (validation.valid) {
		run.plan = validation.validated.plan;
		planSink.validated(labelsOf(run), "valid");
		return true;
	}
	planSink.validated(labelsOf(run), "invalid");
	endInvalid(run, validation.problems);
	return false;
}

/** Ends a plan with which something is wrong; everything that is wrong goes with it. */
export function endInvalid(run: PlanRun, problems: PlanProblem[]): void {
	run.facts.problems = problems;
	run.facts.errorMessage = problems[0]?.message ?? null;
	setStatus(run, "INVALID");
}

function validate(run: PlanRun, value: unknown): Validation {
	if (value === null || value === undefined) {
		const path = "$.cognitive_plan";
		return {
			valid: false,
			warnings: [],
			problems: [
				{
					path,
					code: "PLAN_NOT_FOUND",
					message: `${path} is null and the ledger has no plan ${run.identity.plan_id}: publish the plan with the decision`,
				},
			],
		};
	}
	return validatePlan({
		plan: value,
		planId: run.identity.plan_id,
		nowMs: Date.now(),
		maxTasks: run.input.settings.planMaxTasks,
	});
}

/** The ledger's plan becomes the input's, so that a fresh run carries it; null when there is none, or a cancel came first. */
async function readFromLedger(run: PlanRun): Promise<unknown> {
	const nowMs = Date.now();
	const untilMs = Math.min(
		run.input.decision.valid_until ?? Infinity,
		nowMs + MAX_LEDGER_WAIT_MS,
	);
	const scope = new CancellationScope({ cancellable: true });
	run.ledgerSince = nowMs;
	const reading = scope
		.run(() => durableFor(untilMs - nowMs).readLedger(run.identity.plan_id))
		.catch((error: unknown) => {
			if (isActivityError(error) || isCancellation(error)) return null;
			throw error;
		});
	const cancelled = condition(() => run.facts.cancel !== null);
	const plan = await Promise.race([reading, cancelled.then(() => null)]);
	scope.cancel();
	run.ledgerSince = null;
	run.input.plan = plan;
	if (plan !== null) run.facts.planHash = planHash(plan);
	return plan;
}

function keepAudit(run: PlanRun, validation: Validation): void {
	const { identity, facts } = run;
	const verdict = {
		valid: validation.valid,
		errors: validation.valid ? [] : validation.problems,
		warnings: validation.warnings,
		validated_at: Date.now(),
		policy: facts.policy.c2,
	};
	keepDocument(run, {
		collection: "validation_audit",
		_id: chainId(),
		fields: {
			workflow_id: identity.workflow_id,
			plan_id: identity.plan_id,
			decision_id: identity.decision_id,
			orchestrator_version: identity.orchestrator_version,
			validation_result: verdict,
			hash: textHash(canonicalJson(verdict)),
			timestamp: verdict.validated_at,
		},
	});
}

/** Remembers the decision beyond Temporal's retention (protocol.md, "Starting"). */
function keepDecision(run: PlanRun): void {
	const { input, identity, facts } = run;
	keepDocument(run, {
		collection: "decisions",
		_id: identity.decision_id,
		fields: {
			decision_id: identity.decision_id,
			plan_id: identity.plan_id,
			workflow_id: identity.workflow_id,
			plan_hash: facts.planHash,
			final_decision: input.decision.final_decision,
			source: input.source,
			recorded_at: Date.now(),
		},
	});
}
