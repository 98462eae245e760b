import { jsonBytes } from "../domain/json-bytes.ts";
import type { PlanRunInput, RunPredictions } from "../domain/plan-run.ts";
import { MAX_PLAN_BYTES } from "../domain/plan-size.ts";
import type {
	DurationPrediction,
	TicketFacts,
} from "../domain/prediction/prediction.ts";
import { factsOfPlan } from "../domain/prediction/run-predictions.ts";
import { readPlan } from "../domain/read-plan.ts";
import { holdersOf } from "../domain/stop-order.ts";

/** Predicts by the model that this process knows: no I/O, never an error. */
export interface PlanPredictor {
	predictDurations(tickets: readonly TicketFacts[]): DurationPrediction[];
	/** null: there is no model, and a plan goes by its estimates. */
	readonly model: string | null;
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
 * The predictions that travel with a run of so many bytes; undefined where no model said anything, and where they
 * would make the input larger than a plan may be: such a plan goes by its estimates.
 */
export function toRunPredictions(
	model: string | null,
	predictions: readonly DurationPrediction[],
	inputBytes: number,
): RunPredictions | undefined {
	if (model === null || !predictions.some(({ source }) => source === "model"))
		return undefined;
	const ms = predictions.map(
		({ p10_ms, duration_ms, p90_ms }) =>
			[p10_ms, duration_ms, p90_ms] as [number, number, number],
	);
	const made = { model, ms };
	return inputBytes + jsonBytes(made) <= MAX_PLAN_BYTES ? made : undefined;
}

/** The input with what the model says of its tasks; itself without a model. `inputBytes`: of its plan and decision. */
export function withPredictions(
	input: PlanRunInput,
	predictor: PlanPredictor | undefined,
	inputBytes: number,
): PlanRunInput {
	// Without a model nothing is read.
	if (predictor === undefined || predictor.model === null) return input;
	const predictions = predictionsOf(input, predictor, inputBytes);
	return predictions === undefined ? input : { ...input, predictions };
}

/** Advice: whatever goes wrong with it, the plan goes by its estimates, as its input shows. */
function predictionsOf(
	input: PlanRunInput,
	predictor: PlanPredictor,
	inputBytes: number,
): RunPredictions | undefined {
	try {
		const facts = factsOf(input);
		if (facts === undefined) return undefined;
		const made = predictor.predictDurations(facts);
		return toRunPredictions(predictor.model, made, inputBytes);
	} catch {
		return undefined;
	}
}
