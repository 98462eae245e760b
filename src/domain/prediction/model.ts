import type { IsolationForest } from "./isolation-forest.ts";
import type { AnomalyType } from "./prediction.ts";
import type { TreeEnsemble } from "./tree-ensemble.ts";

/** Written into every model: a reader of another format refuses it. */
export const MODEL_FORMAT = 1;

/** Named sets of features, in their order (`features.ts`). */
export const featureSchemas = ["documented-15", "ours-1"] as const;
export type FeatureSchema = (typeof featureSchemas)[number];

/** The key of what holds for every task type: the pooled figures, used where a type has too few tickets. */
export const ALL_TYPES = "*";

/**
 * All that a prediction needs, as one plain JSON value. Durations inside are natural logs of ms. Tables are keyed by
 * task type, and have `ALL_TYPES`.
 */
export interface Model {
	format: typeof MODEL_FORMAT;
	name: string;
	/** Given by the registry; 0: not registered yet. */
	version: number;
	/** What the trees are fed with. */
	feature_schema: FeatureSchema;
	trained: TrainedOn;
	/** How well it foretold the newest tickets of its history before it had seen them; null: never tried. */
	tested: Scores | null;
	/** The median by nested regressions. */
	regression: Regression;
	/** What the regression leaves over, at 10, 50 and 90 %; null: there were too few tickets for it. */
	boosting: { p10: TreeEnsemble; p50: TreeEnsemble; p90: TreeEnsemble } | null;
	/** Somebody else's trees, which say the median instead of regression and boosting; null: ours. */
	foreign: { trees: TreeEnsemble; unit: "ms" | "log_ms" } | null;
	residuals: Record<string, Residuals>;
	history: Record<string, TypeHistory>;
	/** By tenant: log of actual over estimated duration, shrunk. */
	estimate_bias: Record<string, number>;
	limits: Record<string, AnomalyLimits>;
	/** Null: too few tickets. */
	forest: IsolationForest | null;
}

interface TrainedOn {
	tickets: number;
	/** Left out: not completed, or with a figure that is no number. */
	unusable: number;
	/** First and last end, Unix epoch, ms. */
	from_ms: number;
	to_ms: number;
	/** SHA-256 over ids and durations in their order. */
	data_hash: string;
	/** Older tickets of these types count as they would be since then. Absent: from an earlier release. */
	changes?: LevelChange[];
}

/** From when on tickets of a type take longer, or shorter, than those before. */
export interface LevelChange {
	task_type: string;
	/** End of the first of them, Unix epoch, ms. */
	since_ms: number;
	/** How much longer than just before, %; below 0: shorter. */
	percent: number;
}

/** Errors of predictions over finished tickets. */
export interface Scores {
	tickets: number;
	/** Mean absolute error as a share of the mean duration, %. */
	mae_percent: number;
	/** Median of the absolute error as a share of the ticket's own duration, %. */
	mdape_percent: number;
	/** Tickets that took no longer than p90, %. */
	p90_coverage_percent: number;
	/** Tickets between p10 and p90, %. */
	interval_coverage_percent: number;
	/** MAE as a share of the type median's on the same tickets; 1: no better. */
	to_type_median: number;
}

/** One step of the regression: what it adds is `weights[0] + sum weights[i + 1] * (clipped feature i - mean i)`. */
export interface RegressionNode {
	weights: number[];
	means: number[];
	/** Features are clipped to what the node has seen. */
	low: number[];
	high: number[];
}

/** All types, then the type, then type and capability set: each adds to the former. */
export interface Regression {
	all: RegressionNode;
	types: Record<string, RegressionNode>;
	/** By `groupOf`. */
	groups: Record<string, RegressionNode>;
}

/** How far actual durations lie from the median, in log: measured on tickets that the model had not seen. */
export interface Residuals {
	tickets: number;
	/** Of actual minus predicted. */
	median: number;
	/** Robust standard deviation. */
	spread: number;
	/** Added to the raw p10 and p90 so that they cover what they say (split-conformal). */
	shift_p10: number;
	shift_p90: number;
	/** Added to the median gives p99; null: under 300 tickets. */
	shift_p99: number | null;
}

export interface TypeHistory {
	tickets: number;
	avg_ms: number;
	std_ms: number;
	median_ms: number;
	/** 0 to 1. */
	success_rate: number;
}

/** What is usual for a type. */
export interface AnomalyLimits {
	tickets: number;
	/** More capabilities than this are too many for work of low risk, than that for any. */
	capabilities_low_risk: number;
	capabilities: number;
	/** Log of estimated over predicted duration: centre and robust standard deviation. */
	estimate_centre: number;
	estimate_spread: number;
	/** Share of the delivery mode within the risk band, by `risk/delivery`. */
	deliveries: Record<string, number>;
	/** Share of each capability set. */
	capability_sets: Record<string, number>;
}

/**
 * What finished tickets have taught since the model was trained: one plain JSON value, changed by `learn` alone.
 * It belongs to one model; with another it is not used.
 */
export interface Correction {
	/** `name@version` of its model. */
	model: string;
	/** One more with each `learn` that changed something. */
	version: number;
	/** By task type, and by `groupOf`: both are added to the log of p10, p50 and p90. */
	bias: Record<string, Bias>;
	/** By task type: added to the log of p10 and p90 beyond the bias. */
	interval: Record<string, { p10: number; p90: number }>;
	/** By task type, then anomaly. */
	alarms: Record<string, Partial<Record<AnomalyType, AlarmCount>>>;
}

interface Bias {
	shift: number;
	tickets: number;
}

/** How often an anomaly is seen in a task type, over about the last thousand tickets of the type. */
export interface AlarmCount {
	/** Tickets of the type since it was first seen; older ones count less. */
	tickets: number;
	/** Of these with the anomaly. */
	alarms: number;
	/** Of these that ran as predicted after all. */
	false_alarms: number;
	/** Above its budget: it is told, but raises no alarm. */
	silenced: boolean;
}

/** `name@version`. */
export function modelTag({ name, version }: Model): string {
	return `${name}@${version}`;
}

/** A table's row for a type, else the pooled one. */
export function rowOf<Row>(table: Record<string, Row>, type: string): Row {
	const row = Object.hasOwn(table, type) ? table[type] : table[ALL_TYPES];
	if (row === undefined) throw new Error(`a table of the model has no row *`);
	return row;
}
