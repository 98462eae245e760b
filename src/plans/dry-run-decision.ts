import { canonicalJson, textHash } from "../domain/canonical-json.ts";
import { type DryRun, dryRun } from "../domain/dry-run.ts";
import { jsonBytes } from "../domain/json-bytes.ts";
import type { PlanRunInput } from "../domain/plan-run.ts";
import type {
	DurationPrediction,
	TicketFacts,
} from "../domain/prediction/prediction.ts";
import type { RoutingInForce } from "../domain/rollout/routing.ts";
import {
	factsOf,
	fallbackWarning,
	isFallback,
	toRunPredictions,
} from "./predict-plan.ts";
import { prepareRun, type Refused, type RunSettings } from "./prepare-run.ts";

/** A decision or a bare plan for a dry run, as if it were handed in now. */
export interface DryRunRequest {
	value: unknown;
	nowMs: number;
	/** The plan as the ledger has it; undefined: the ledger was not asked yet. */
	stored?: { plan: unknown };
	/** The split in force; absent: the settings stand. */
	routing?: Pick<RoutingInForce, "split">;
}

/** The finished dry run, or the id of the plan that must be read from the ledger first. */
export type DryRunReply =
	/** `input`: of a plan that policies may be asked about. */
	| { kind: "done"; run: DryRun; input?: PlanRunInput }
	| { kind: "needs_plan"; planId: string };

/**
 * Validates and plans a decision with the same code as for one that is handed in. Starts and writes nothing.
 */
export function dryRunDecision(
	settings: RunSettings,
	{ value, nowMs, stored, routing }: DryRunRequest,
): DryRunReply {
	const arrival = {
		...{ value, receivedAtMs: nowMs, decidedAtMs: nowMs },
		...{ source: null, via: "rest" as const },
	};
	const prepared = prepareRun(settings, arrival, routing);
	if (!prepared.ok) return done(refusedRun(prepared.refused));
	const { input } = prepared;
	if (input.plan !== null) return done(dryRun(input, nowMs), input);
	const planId = input.decision.plan_id;
	if (stored === undefined) return { kind: "needs_plan", planId };
	const { plan = null } = stored;
	const run = fromLedger(plan, input, nowMs);
	return done(run, plan === null ? undefined : { ...input, plan });
}

/** What a model says of a dry run's tasks. */
export interface DryRunPredictions {
	/** null: there is none. */
	model: string | null;
	predictions: DurationPrediction[];
	/** See `dryRun`. */
	p99Ms: (number | null)[];
}

/** The same with the predictions that somebody else makes: the model is not where dry runs are. */
export async function withDryPredictions(
	reply: DryRunReply,
	nowMs: number,
	predict: (facts: TicketFacts[]) => Promise<DryRunPredictions>,
): Promise<DryRunReply> {
	if (reply.kind !== "done" || reply.input === undefined || !reply.run.valid)
		return reply;
	const facts = factsOf(reply.input);
	if (facts === undefined) return reply;
	const { model, predictions: made, p99Ms } = await predict(facts);
	const size = jsonBytes(reply.input.plan) + jsonBytes(reply.input.decision);
	const predictions = toRunPredictions(model, made, size);
	if (predictions === undefined) return reply;
	if (isFallback(predictions)) {
		const { run, input } = reply;
		const warnings = [...run.warnings, fallbackWarning(predictions)];
		return done({ ...run, warnings }, input);
	}
	const input = { ...reply.input, predictions };
	return done(dryRun(input, nowMs, p99Ms), input);
}

const done = (run: DryRun, input?: PlanRunInput): DryRunReply => ({
	kind: "done",
	run,
	...(input && { input }),
});

function fromLedger(plan: unknown, input: PlanRunInput, nowMs: number): DryRun {
	if (plan !== null) {
		const plan_hash = textHash(canonicalJson(plan));
		return dryRun({ ...input, plan, plan_hash }, nowMs);
	}
	const path = "$.cognitive_plan";
	const message = `${path} is null and the ledger has no plan ${input.decision.plan_id}: publish the plan with the decision`;
	const drawn = dryRun(input, nowMs);
	const problems = [{ path, code: "PLAN_NOT_FOUND", message }];
	return { ...drawn, problems, dag: null };
}

function refusedRun({ problems }: Refused): DryRun {
	return {
		outcome: "would_be_refused",
		valid: false,
		plan_id: null,
		decision_id: null,
		plan_hash: null,
		orchestrator_version: null,
		problems,
		warnings: [],
		dag: null,
		prediction: null,
	};
}
