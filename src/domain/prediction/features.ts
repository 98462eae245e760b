import { textHash } from "../canonical-json.ts";
import {
	ALL_TYPES,
	type FeatureSchema,
	type Model,
	type TypeHistory,
} from "./model.ts";
import type { TicketFacts } from "./prediction.ts";

/** What features need beside the ticket: a model's own tables. */
type FeatureTables = Pick<Model, "history" | "estimate_bias">;

/** The fifteen documented features, in their order. */
export const documentedFeatures = [
	"risk_weight",
	"qos_delivery_score",
	"qos_consistency_score",
	"qos_durability_score",
	"capabilities_count",
	"task_type_encoded",
	"parameters_size",
	"estimated_duration_ms",
	"sla_timeout_ms",
	"avg_duration_by_task",
	"avg_duration_by_risk",
	"success_rate_by_task",
	"std_duration_by_task",
	"retry_count",
	"hour_of_day",
] as const;

/** What the regression takes of ours: the first of `ourFeatures`. */
export const regressionFeatures = [
	"log_estimate",
	"log_estimate_corrected",
	"log_parameters_size",
	"capabilities_count",
	"hour_sin",
	"hour_cos",
	"hour_sin_twice",
	"hour_cos_twice",
	"is_medium_risk",
	"is_high_risk",
	"is_critical_risk",
	"is_at_most_once",
	"is_exactly_once",
	"is_strong",
	"is_persistent",
	"retry_count",
] as const;

/** Ours, version 1. The last is what the regression says; codes of types are their place in the schema. */
const ourFeatures = [
	...regressionFeatures,
	"hour_of_day",
	"task_type_code",
	"regression_log_ms",
] as const;

export const featureNames: Record<FeatureSchema, readonly string[]> = {
	"documented-15": documentedFeatures,
	"ours-1": ourFeatures,
};

const riskWeights = { critical: 1, high: 0.7, medium: 0.5, low: 0.3 };
const deliveryScores = {
	AT_LEAST_ONCE: 0.5,
	AT_MOST_ONCE: 0.6,
	EXACTLY_ONCE: 1,
};
const consistencyScores = { EVENTUAL: 0.85, STRONG: 1 };
const durabilityScores = { TRANSIENT: 0.9, PERSISTENT: 1 };
/** The documented codes; PLAN and CONSOLIDATE are no types of tickets, and others count as EXECUTE. */
const documentedCodes: Record<string, number> = {
	BUILD: 0,
	DEPLOY: 1,
	TEST: 2,
	VALIDATE: 3,
	EXECUTE: 4,
	PLAN: 5,
	CONSOLIDATE: 6,
};
const OTHER_CODE = 4;
const ourCodes: Record<TicketFacts["task_type"], number> = {
	BUILD: 0,
	DEPLOY: 1,
	TEST: 2,
	VALIDATE: 3,
	EXECUTE: 4,
	COMPENSATE: 5,
	QUERY: 6,
	TRANSFORM: 7,
};
/** The documented defaults, where a type has no history. */
const unknownHistory: Pick<TypeHistory, "avg_ms" | "std_ms" | "success_rate"> =
	{ avg_ms: 60_000, std_ms: 15_000, success_rate: 0.95 };
/** Far above any time or size, and within single precision. */
const LARGEST = 1e15;
/** In characters: groups are keys of tables that are stored as one document. */
const LONGEST_SET = 200;
const HOUR_MS = 3_600_000;

/** The fifteen documented features of a ticket, ms and bytes as they are. */
export function documented(
	facts: TicketFacts,
	{ history }: FeatureTables,
): number[] {
	const { avg_ms, std_ms, success_rate } =
		ownRow(history, facts.task_type) ?? unknownHistory;
	return [
		riskWeights[facts.risk_band] ?? 0.5,
		deliveryScores[facts.qos.delivery_mode] ?? 0.5,
		consistencyScores[facts.qos.consistency] ?? 0.85,
		durabilityScores[facts.qos.durability] ?? 0.9,
		facts.required_capabilities.length,
		documentedCodes[facts.task_type] ?? OTHER_CODE,
		finite(facts.parameters_size, 0),
		finite(facts.estimated_duration_ms, 60_000),
		finite(facts.timeout_ms, 300_000),
		avg_ms,
		avg_ms,
		success_rate,
		std_ms,
		finite(facts.retry_count, 0),
		Math.floor(hourOf(facts)),
	];
}

/** Ours without what the regression says, in single precision: logs must not differ by machine. */
export function regressors(
	facts: TicketFacts,
	{ estimate_bias }: Pick<FeatureTables, "estimate_bias">,
): number[] {
	const { risk_band: risk, qos, tenant } = facts;
	const logEstimate = logEstimateOf(facts);
	const bias =
		ownRow(estimate_bias, tenant) ?? ownRow(estimate_bias, ALL_TYPES) ?? 0;
	const angle = (2 * Math.PI * hourOf(facts)) / 24;
	return [
		logEstimate,
		logEstimate + bias,
		Math.log(1 + Math.max(0, finite(facts.parameters_size, 0))),
		facts.required_capabilities.length,
		Math.sin(angle),
		Math.cos(angle),
		Math.sin(2 * angle),
		Math.cos(2 * angle),
		Number(risk === "medium"),
		Number(risk === "high"),
		Number(risk === "critical"),
		Number(qos.delivery_mode === "AT_MOST_ONCE"),
		Number(qos.delivery_mode === "EXACTLY_ONCE"),
		Number(qos.consistency === "STRONG"),
		Number(qos.durability === "PERSISTENT"),
		finite(facts.retry_count, 0),
	].map(Math.fround);
}

/** Our whole set, from `regressors` and what the regression says. */
export function ours(
	facts: TicketFacts,
	regressed: readonly number[],
	regressionLogMs: number,
): number[] {
	return [
		...regressed,
		Math.floor(hourOf(facts)),
		ourCodes[facts.task_type] ?? ourCodes.TRANSFORM,
		Math.fround(regressionLogMs),
	];
}

export function logEstimateOf(
	facts: Pick<TicketFacts, "estimated_duration_ms">,
): number {
	return Math.log(Math.max(1, finite(facts.estimated_duration_ms, 60_000)));
}

/**
 * Type and capability set, whatever the order in which its names are given. A set that is long, or that no store takes
 * as a key, is its hash.
 */
export function groupOf(
	facts: Pick<TicketFacts, "task_type" | "required_capabilities">,
): string {
	const set = capabilitySetOf(facts);
	const isKey =
		set.length <= LONGEST_SET && !set.includes("\0") && set.isWellFormed();
	return `${facts.task_type}|${isKey ? set : `#${textHash(set).slice(0, 16)}`}`;
}

export function capabilitySetOf({
	required_capabilities: names,
}: Pick<TicketFacts, "required_capabilities">): string {
	if (names.length < 2) return names[0] ?? "";
	return [...new Set(names)].sort().join("+");
}

/** Own rows only: names of tenants and sets come from outside. */
export function ownRow<Row>(
	table: Record<string, Row>,
	key: string,
): Row | undefined {
	return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Hour of the day, UTC, 0 to below 24. */
function hourOf({ at_ms }: Pick<TicketFacts, "at_ms">): number {
	const hours = finite(at_ms, 12 * HOUR_MS) / HOUR_MS;
	return ((hours % 24) + 24) % 24;
}

function finite(value: number, otherwise: number): number {
	return Number.isFinite(value)
		? Math.min(LARGEST, Math.max(-LARGEST, value))
		: otherwise;
}
