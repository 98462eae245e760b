import { capabilitySetOf, logEstimateOf, ownRow } from "./features.ts";
import { isolationScore } from "./isolation-forest.ts";
import {
	ALL_TYPES,
	type AnomalyLimits,
	type Correction,
	type Model,
	rowOf,
} from "./model.ts";
import type { Anomaly, AnomalyType, TicketFacts } from "./prediction.ts";
import { median, quantile, robustSpread, round6 } from "./quantiles.ts";

export const noAnomaly: Anomaly = {
	is_anomaly: false,
	anomaly_score: null,
	anomaly_type: null,
	explanation: null,
};

/** In the documented order: the first that holds is told. */
export const anomalyTypes = [
	"resource_mismatch",
	"qos_inconsistency",
	"duration_outlier",
	"capability_anomaly",
] as const satisfies readonly AnomalyType[];

/** Beyond so many spreads an estimate is unusual. */
const OUTLIER_Z = 3.5;
/** A delivery mode that fewer of its risk band have is rare. */
const RARE_SHARE = 0.05;
/** Below this the learned spread of estimates is not believed. */
const LEAST_SPREAD = 0.1;
/** A row of its own needs so many tickets. */
const FEWEST_OF_TYPE = 50;

/** A ticket, and what it is compared with. */
interface Compared {
	facts: TicketFacts;
	limits: AnomalyLimits;
	/** Of the estimate, robust. */
	z: number;
	/** Predicted median, log ms. */
	p50: number;
}

const rules: Record<AnomalyType, (compared: Compared) => boolean> = {
	resource_mismatch: ({ facts, limits }) =>
		facts.risk_band === "low" &&
		facts.required_capabilities.length > limits.capabilities_low_risk,
	qos_inconsistency: ({ facts, limits }) =>
		facts.risk_band === "low" &&
		facts.qos.delivery_mode === "EXACTLY_ONCE" &&
		deliveryShare(facts, limits) < RARE_SHARE,
	duration_outlier: ({ z }) => Math.abs(z) > OUTLIER_Z,
	capability_anomaly: ({ facts, limits }) =>
		facts.required_capabilities.length > limits.capabilities,
};

const sentences: Record<AnomalyType, (compared: Compared) => string> = {
	resource_mismatch: ({ facts, limits }) =>
		`needs ${facts.required_capabilities.length} capabilities at low risk; ${facts.task_type} of low risk needs at most ${limits.capabilities_low_risk}`,
	qos_inconsistency: ({ facts, limits }) =>
		`asks for exactly-once delivery at low risk, as ${percent(deliveryShare(facts, limits))} of such ${facts.task_type} do`,
	duration_outlier: ({ facts, p50, z }) =>
		`is estimated at ${seconds(facts.estimated_duration_ms)} where ${seconds(Math.exp(p50))} are expected: ${Math.abs(z).toFixed(1)} times the usual spread ${z > 0 ? "above" : "below"}`,
	capability_anomaly: ({ facts, limits }) =>
		`needs ${facts.required_capabilities.length} capabilities; ${facts.task_type} needs at most ${limits.capabilities}`,
};

/**
 * Whether a ticket is unusual before it runs: the first rule that holds. A rule that its type has silenced is told,
 * but is no anomaly. The forest's score stands beside it.
 */
export function anomalyOf(
	facts: TicketFacts,
	p50: number,
	model: Model,
	alarms?: Correction["alarms"],
): Anomaly {
	const compared = compare(facts, p50, model);
	const anomaly_score = scoreOf(compared, model);
	const counts = alarms && ownRow(alarms, facts.task_type);
	let quiet: AnomalyType | undefined;
	for (const type of anomalyTypes) {
		if (!rules[type](compared)) continue;
		if (counts?.[type]?.silenced) quiet ??= type;
		else
			return {
				is_anomaly: true,
				anomaly_score,
				anomaly_type: type,
				explanation: sentences[type](compared),
			};
	}
	if (quiet === undefined) return { ...noAnomaly, anomaly_score };
	return {
		is_anomaly: false,
		anomaly_score,
		anomaly_type: quiet,
		explanation: `${sentences[quiet](compared)} (no alarm: for ${facts.task_type} it was false too often)`,
	};
}

/** Every rule that holds, silenced or not. */
export function unusualIn(
	facts: TicketFacts,
	p50: number,
	model: Model,
): AnomalyType[] {
	const compared = compare(facts, p50, model);
	return anomalyTypes.filter((type) => rules[type](compared));
}

/** What is usual for each type, from tickets and their predicted medians (log ms). */
export function learnLimits(
	tickets: readonly TicketFacts[],
	medians: ArrayLike<number>,
	estimateBias: Record<string, number>,
): Record<string, AnomalyLimits> {
	const places = new Map<string, number[]>([[ALL_TYPES, []]]);
	tickets.forEach(({ task_type }, at) => {
		places.get(ALL_TYPES)?.push(at);
		const own = places.get(task_type);
		if (own === undefined) places.set(task_type, [at]);
		else own.push(at);
	});
	return Object.fromEntries(
		[...places]
			.filter(
				([type, own]) => type === ALL_TYPES || own.length >= FEWEST_OF_TYPE,
			)
			.map(([type, own]) => [type, limitsOf(own)]),
	);

	function limitsOf(own: readonly number[]): AnomalyLimits {
		const mine = own.map((at) => tickets[at] as TicketFacts);
		const counts = mine.map((facts) => facts.required_capabilities.length);
		// Half the usual number again, or three more, is still nothing special.
		const usual = Math.ceil(quantile(counts, 0.95));
		const factors = own.map(
			(at) =>
				logEstimateOf(tickets[at] as TicketFacts) +
				biasOf(tickets[at] as TicketFacts, estimateBias) -
				(medians[at] as number),
		);
		return {
			tickets: mine.length,
			capabilities_low_risk: Math.max(usual + 3, 2 * usual),
			capabilities: Math.max(usual + 8, 4 * usual),
			estimate_centre: round6(median(factors)),
			estimate_spread: Math.max(LEAST_SPREAD, round6(robustSpread(factors))),
			deliveries: deliveryShares(mine),
			capability_sets: shares(mine.map(capabilitySetOf)),
		};
	}
}

/** The forest's features: capabilities against the usual, estimate against the prediction, rare wishes, rare sets. */
export function isolationFeatures(
	facts: TicketFacts,
	p50: number,
	tables: Pick<Model, "limits" | "estimate_bias">,
): number[] {
	return pointOf(compare(facts, p50, tables));
}

function compare(
	facts: TicketFacts,
	p50: number,
	{ limits: table, estimate_bias }: Pick<Model, "limits" | "estimate_bias">,
): Compared {
	const limits = rowOf(table, facts.task_type);
	const factor = logEstimateOf(facts) + biasOf(facts, estimate_bias) - p50;
	const z = (factor - limits.estimate_centre) / limits.estimate_spread;
	return { facts, limits, z, p50 };
}

function scoreOf(compared: Compared, { forest }: Model): number | null {
	if (forest === null) return null;
	return Math.round(1_000 * isolationScore(forest, pointOf(compared))) / 1_000;
}

function pointOf({ facts, limits, z }: Compared): number[] {
	const set = ownRow(limits.capability_sets, capabilitySetOf(facts));
	return [
		Math.log(
			(1 + facts.required_capabilities.length) / limits.capabilities_low_risk,
		),
		Math.min(10, Math.abs(z)),
		-Math.log(Math.max(1e-3, deliveryShare(facts, limits))),
		-Math.log(set ?? 1 / (limits.tickets + 1)),
	].map(Math.fround);
}

function biasOf(
	{ tenant }: TicketFacts,
	estimateBias: Record<string, number>,
): number {
	return ownRow(estimateBias, tenant) ?? ownRow(estimateBias, ALL_TYPES) ?? 0;
}

function deliveryKey({ risk_band, qos }: TicketFacts): string {
	return `${risk_band}/${qos.delivery_mode}`;
}

/** 0 where the risk band is known and nobody in it asks for this; 1 where the band is not known. */
function deliveryShare(facts: TicketFacts, { deliveries }: AnomalyLimits) {
	return (
		ownRow(deliveries, deliveryKey(facts)) ??
		(ownRow(deliveries, facts.risk_band) === undefined ? 1 : 0)
	);
}

/** By `risk/delivery`, and the number of tickets by `risk`, where there are enough. */
function deliveryShares(facts: readonly TicketFacts[]): Record<string, number> {
	const bands = Map.groupBy(facts, ({ risk_band }) => risk_band);
	return Object.fromEntries(
		[...bands].flatMap(([band, own]): [string, number][] =>
			own.length < FEWEST_OF_TYPE
				? []
				: [[band, own.length], ...Object.entries(shares(own.map(deliveryKey)))],
		),
	);
}

/** The most frequent 200 of them. */
function shares(names: readonly string[]): Record<string, number> {
	const counts = new Map<string, number>();
	for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
	return Object.fromEntries(
		[...counts]
			.sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
			.slice(0, 200)
			.map(([name, count]) => [name, round6(count / names.length)]),
	);
}

function seconds(ms: number): string {
	const value = ms / 1_000;
	return `${value < 10 ? value.toFixed(1) : Math.round(value)} s`;
}

function percent(share: number): string {
	return `${(100 * share).toFixed(1)} %`;
}
