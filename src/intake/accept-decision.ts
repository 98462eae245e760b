import type { IntakeOutcome } from "../domain/intake-outcome.ts";
import type { PlanRunInput } from "../domain/plan-run.ts";
import type { IntakeMetrics } from "./intake-metrics.ts";
import type {
	PlanStarter,
	RecordOutcome,
	StartOutcome,
} from "./plan-starter.ts";
import {
	type DecisionArrival,
	prepareRun,
	type RunSettings,
} from "./prepare-run.ts";
import { type PlanMemory, recallPlan } from "./recall-plan.ts";

/**
 * Does with a decision what protocol.md says ("Plan states", the table), the same for Kafka and REST.
 * Resolves only after Temporal answered. Throws retryable errors only; the same arrival may then come
 * again and starts nothing twice.
 */
export type AcceptDecision = (
	arrival: DecisionArrival,
) => Promise<IntakeOutcome>;

export interface AcceptDecisionDeps extends RunSettings {
	plans: PlanStarter;
	/** Without it, a decision that is delivered again after Temporal's retention would run again. */
	memory?: PlanMemory;
	metrics: Pick<IntakeMetrics, "decision" | "duplicates">;
}

/** Makes the one function that accepts decisions. */
export function createAcceptDecision(deps: AcceptDecisionDeps): AcceptDecision {
	return async (arrival) => {
		const outcome = await accept(deps, arrival);
		deps.metrics.decision(outcome.kind, arrival.via);
		if (outcome.kind === "duplicate") {
			deps.metrics.duplicates(
				arrival.via === "kafka" ? "decision_consumer" : "rest",
			);
		}
		return outcome;
	};
}

async function accept(
	deps: AcceptDecisionDeps,
	arrival: DecisionArrival,
): Promise<IntakeOutcome> {
	const prepared = prepareRun(deps, arrival);
	if (!prepared.ok) return prepared.refused;
	const { input } = prepared;
	const { plan_id, decision_id, final_decision } = input.decision;
	const outcome =
		final_decision === "reject"
			? await deps.plans.recordDecision({
					decision: input.decision,
					plan_hash: input.plan_hash,
					received_at_ms: input.received_at_ms,
					source: input.source,
				})
			: await start(deps, input);
	return toIntakeOutcome(outcome, plan_id, decision_id);
}

async function start(
	{ plans, memory }: AcceptDecisionDeps,
	input: PlanRunInput,
): Promise<StartOutcome> {
	const recalled =
		memory === undefined ? undefined : await recallPlan(memory, input);
	return recalled ?? (await plans.startPlan(input));
}

function toIntakeOutcome(
	outcome: StartOutcome | RecordOutcome,
	plan_id: string,
	decision_id: string,
): IntakeOutcome {
	if (outcome.kind !== "refused") return { ...outcome, plan_id, decision_id };
	const path = outcome.code.startsWith("PLAN_ALREADY") ? "$.plan_id" : "$";
	const { code, reason } = outcome;
	return { ...outcome, problems: [{ path, code, message: reason }] };
}
