import { anomalyOf } from "./anomalies.ts";
import { estimated, estimateResources, wholeMs } from "./estimate.ts";
import { documented, groupOf, ours, ownRow, regressors } from "./features.ts";
import { type Correction, type Model, modelTag, rowOf } from "./model.ts";
import type {
	DurationPrediction,
	TicketFacts,
	TicketPrediction,
} from "./prediction.ts";
import { regress } from "./regression.ts";
import { sumTrees } from "./tree-ensemble.ts";

/** Log of ms. */
export interface LogQuantiles {
	p10: number;
	p50: number;
	p90: number;
}

/** Nothing that is learned moves a ticket by more: a factor of about 2.7. */
export const FURTHEST_SHIFT = 1;

/**
 * How long a ticket will run. Never an error: without a model the answer is its estimate, and so it is when a
 * model's answer is no number. Durations are whole ms, so that every machine says the same.
 */
export function predictTicket(
	facts: TicketFacts,
	model: Model | null,
	correction: Correction | null,
): TicketPrediction {
	if (model === null) return estimated(facts, "estimate");
	const { own, quantiles } = quantilesNow(facts, model, correction);
	if (!areNumbers(quantiles)) return estimated(facts, "fallback");
	const durations = durationsOf(quantiles);
	const { p10_ms, duration_ms, p90_ms } = durations;
	return {
		...durations,
		duration_confidence: Math.round((100 * p10_ms) / p90_ms) / 100,
		resource_estimate: estimateResources(facts, duration_ms),
		anomaly: anomalyOf(facts, quantiles.p50, model, own?.alarms),
		model: predictorTag(model, own),
		source: "model",
	};
}

/** The durations of `predictTicket` alone, for the many tasks of a plan: no anomaly is looked for. */
export function predictDuration(
	facts: TicketFacts,
	model: Model | null,
	correction: Correction | null,
): DurationPrediction {
	if (model === null) return estimated(facts, "estimate");
	const { quantiles } = quantilesNow(facts, model, correction);
	return areNumbers(quantiles)
		? { ...durationsOf(quantiles), source: "model" }
		: estimated(facts, "fallback");
}

/** With the correction, if it is the model's own. */
function quantilesNow(
	facts: TicketFacts,
	model: Model,
	correction: Correction | null,
) {
	const own = correction?.model === modelTag(model) ? correction : null;
	const quantiles = corrected(quantilesOf(facts, model), facts, own);
	return { own, quantiles };
}

function areNumbers({ p10, p50, p90 }: LogQuantiles): boolean {
	return [p10, p50, p90].every(Number.isFinite);
}

function durationsOf({ p10, p50, p90 }: LogQuantiles) {
	const duration_ms = wholeMs(Math.exp(p50));
	return {
		duration_ms,
		p10_ms: Math.min(wholeMs(Math.exp(p10)), duration_ms),
		p90_ms: Math.max(wholeMs(Math.exp(p90)), duration_ms),
	};
}

/** Time-out that 99 of 100 tickets like this keep, whole ms; null: fewer than 300 tickets of the type were seen. */
export function proposeTimeout(
	facts: TicketFacts,
	model: Model,
	correction: Correction | null,
): number | null {
	const { shift_p99 } = ownRow(model.residuals, facts.task_type) ?? {};
	if (shift_p99 === null || shift_p99 === undefined) return null;
	const { p50, p90 } = quantilesNow(facts, model, correction).quantiles;
	const timeout = Math.max(Math.exp(p50 + shift_p99), Math.exp(p90));
	return Number.isFinite(timeout) ? wholeMs(timeout) : null;
}

/** `name@version+correction`. */
export function predictorTag(
	model: Model,
	correction: Correction | null,
): string {
	return `${modelTag(model)}+${correction?.version ?? 0}`;
}

/** What the model alone says, with its conformal shifts. */
export function quantilesOf(facts: TicketFacts, model: Model): LogQuantiles {
	const raw = rawQuantiles(facts, model);
	const { shift_p10, shift_p90 } = rowOf(model.residuals, facts.task_type);
	return { p10: raw.p10 + shift_p10, p50: raw.p50, p90: raw.p90 + shift_p90 };
}

/**
 * Before the conformal shifts. Without boosting all three are the median. `known` is what a regression says that
 * stands in for the model's own.
 */
export function rawQuantiles(
	facts: TicketFacts,
	model: Model,
	known?: number,
): LogQuantiles {
	if (model.foreign !== null) {
		const { trees, unit } = model.foreign;
		const said = sumTrees(trees, featuresOf(facts, model));
		const log = unit === "log_ms" ? said : Math.log(Math.max(1, said));
		return { p10: log, p50: log, p90: log };
	}
	const features = regressors(facts, model);
	const level =
		known ??
		regress(model.regression, features, facts.task_type, groupOf(facts));
	if (model.boosting === null) return { p10: level, p50: level, p90: level };
	const { p10, p50, p90 } = model.boosting;
	const all = ours(facts, features, level);
	return {
		p10: level + sumTrees(p10, all),
		p50: level + sumTrees(p50, all),
		p90: level + sumTrees(p90, all),
	};
}

/** The features of the model's own set. */
export function featuresOf(facts: TicketFacts, model: Model): number[] {
	if (model.feature_schema === "documented-15") return documented(facts, model);
	const features = regressors(facts, model);
	const group = groupOf(facts);
	const level = regress(model.regression, features, facts.task_type, group);
	return ours(facts, features, level);
}

/** With what has been learned since; in order whatever was learned. */
export function corrected(
	{ p10, p50, p90 }: LogQuantiles,
	facts: TicketFacts,
	correction: Correction | null,
): LogQuantiles {
	const learned =
		correction === null
			? 0
			: shiftOf(correction, facts.task_type) +
				shiftOf(correction, groupOf(facts));
	const shift = Math.min(FURTHEST_SHIFT, Math.max(-FURTHEST_SHIFT, learned));
	const wider = correction && ownRow(correction.interval, facts.task_type);
	return {
		p10: Math.min(p50, p10 + (wider?.p10 ?? 0)) + shift,
		p50: p50 + shift,
		p90: Math.max(p50, p90 + (wider?.p90 ?? 0)) + shift,
	};
}

function shiftOf({ bias }: Correction, key: string): number {
	return ownRow(bias, key)?.shift ?? 0;
}
