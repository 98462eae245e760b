import type { PlanProblem } from "../domain/documents.ts";
import { jsonBytes } from "../domain/json-bytes.ts";
import type { PlanRunInput, RunPredictions } from "../domain/plan-run.ts";
import { MAX_PLAN_BYTES } from "../domain/plan-size.ts";
import type {
	DurationPrediction,
	TicketFacts,
} from "../domain/prediction/prediction.ts";
import { factsOfPlan } from "../domain/prediction/ticket-facts.ts";
import { readPlan } from "../domain/read-plan.ts";
import { holdersOf } from "../domain/stop-order.ts";

/** Why a plan goes by its estimates though there is a model. */
export interface PlanFallback {
	reason: "failed" | "too_large";
	tasks: number;
	error?: unknown;
}

/** Predicts by the model that this process knows: no I/O, never an error. */
export interface PlanPredictor {
	/** Durations alone. Counted nowhere: each ticket is predicted when it is given out. */
	predictDurations(tickets: readonly TicketFacts[]): DurationPrediction[];
	/** `name@version+correction` in force; null: there is no model, and a plan goes by its estimates. */
	readonly model: string | null;
	/** Counts it, and tells it. */
	fellBack(fallback: PlanFallback & { plan_id: string }): void;
}

/** A plan whose tasks can be predicted: what is known of each, in its order; undefined: there is nothing to predict. */
export function factsOf({
	plan: value,
	decision,
	settings,
	received_at_ms: nowMs,
}: PlanRunInput): TicketFacts[] | undefined {
	if (value === null || typeof value !== "object") return undefined;
	if (decision.final_decision === "reject") return undefined;
	const { plan } = readPlan(value);
	const isReadable =
		plan.tasks.length > 0 && plan.tasks.length <= settings.planMaxTasks;
	if (!isReadable) return undefined;
	const { tenant } = holdersOf(decision.metadata, value);
	return factsOfPlan(plan, settings, { tenant, nowMs });
}

/**
 * The predictions that travel with a run of so many bytes; undefined without a model. A plan falls back to its estimates
 * where the model said nothing, and where they would make the input larger than a plan may be.
 */
export function toRunPredictions(
	model: string | null,
	predictions: readonly DurationPrediction[],
	inputBytes: number,
): RunPredictions | PlanFallback | undefined {
	if (model === null) return undefined;
	const tasks = predictions.length;
	if (!predictions.some(({ source }) => source === "model"))
		return { reason: "failed", tasks };
	const ms = predictions.map(
		({ p10_ms, duration_ms, p90_ms }) =>
			[p10_ms, duration_ms, p90_ms] as [number, number, number],
	);
	const made = { model, ms };
	return inputBytes + jsonBytes(made) <= MAX_PLAN_BYTES
		? made
		: { reason: "too_large", tasks };
}

/** The input with what the model says of its tasks, or with the warning that it says nothing; itself without a model. `inputBytes`: of its plan and decision. */
export function withPredictions(
	input: PlanRunInput,
	predictor: PlanPredictor | undefined,
	inputBytes: number,
): PlanRunInput {
	// Without a model nothing is read.
	if (predictor === undefined || predictor.model === null) return input;
	const predictions = predictionsOf(input, predictor, inputBytes);
	if (predictions === undefined) return input;
	if (!isFallback(predictions)) return { ...input, predictions };
	const { plan_id } = input.decision;
	predictor.fellBack({ ...predictions, plan_id });
	const { warnings = [] } = input;
	return { ...input, warnings: [...warnings, fallbackWarning(predictions)] };
}

/** Advice: whatever goes wrong with it, the plan runs. */
function predictionsOf(
	input: PlanRunInput,
	predictor: PlanPredictor,
	inputBytes: number,
): RunPredictions | PlanFallback | undefined {
	let tasks = 1;
	try {
		const facts = factsOf(input);
		if (facts === undefined) return undefined;
		tasks = facts.length;
		const made = predictor.predictDurations(facts);
		return toRunPredictions(predictor.model, made, inputBytes);
	} catch (error) {
		return { reason: "failed", tasks, error };
	}
}

export function isFallback(
	predictions: RunPredictions | PlanFallback,
): predictions is PlanFallback {
	return "reason" in predictions;
}

/** As the plan's warnings show it. */
export function fallbackWarning({ reason }: PlanFallback): PlanProblem {
	const why = {
		failed: "the model could not predict them",
		too_large: "with predictions the plan would be too large",
	};
	return {
		...{ path: "$.tasks", code: "PREDICTION_FALLBACK" },
		message: `$.tasks go by their estimates: ${why[reason]}`,
	};
}
