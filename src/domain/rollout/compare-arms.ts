import { weighEvidence } from "./evidence.ts";
import type { Arm, ArmCounts } from "./judgement.ts";
import type { PlanOutcome } from "./outcome.ts";
import { marginOf, probabilityOfHarm } from "./promotion.ts";
import { count } from "./tally.ts";

/** What is compared: the two versions of the orchestrator, or the builds of its workers. */
export const armKinds = ["version", "build"] as const;
export type ArmKind = (typeof armKinds)[number];

/** The fields of an outcome that a comparison reads. */
export const comparedFields = [
	...(["version_assigned", "version_weight"] as const),
	...(["build_assigned", "build_ran", "build_weight"] as const),
	...(["counts", "failure_class", "sla_missed"] as const),
	...(["active_ms", "risk_band"] as const),
] as const;
export type ComparedOutcome = Pick<
	PlanOutcome,
	(typeof comparedFields)[number]
>;

/** A value with its interval of 95 % confidence. */
interface Estimate {
	value: number;
	low: number;
	high: number;
}

export interface ArmFigures {
	/** Plans that ended and are compared. */
	n: number;
	ok: number;
	failed: number;
	/** Of the successful ones, those that missed their deadline. */
	late: number;
	/** Share of successes, 0 to 1 (Wilson); null: no plans. */
	success_rate: Estimate | null;
	/** Time in which somebody works on a plan, ms; null: no plans. */
	duration_ms: { mean: Estimate; p50: number; p95: number; p99: number } | null;
}

export interface ArmReport extends ArmFigures {
	/** V1, V2 or a build. */
	arm: string;
	/** Ended, and not compared: whose version or build was named, or whose end no arm can cause. */
	excluded: number;
	by_risk_band: Record<string, ArmFigures>;
}

/** The second arm against the first. Positive differences are in favour of the second. */
export interface ArmDifference {
	base: string;
	candidate: string;
	success_rate: Estimate;
	duration_ms: Estimate;
	/** Evidence that the candidate fails more often, 1 for none (`weighEvidence`). */
	evidence: number;
	/** That its rate of failures is above the base's by more than `margin`; null: too few plans. */
	probability_of_harm: number | null;
	margin: number;
}

/** Every arm that has outcomes, and those of `always`, in order. */
export function reportArms(
	outcomes: readonly ComparedOutcome[],
	by: ArmKind,
	always: readonly string[] = [],
): ArmReport[] {
	const byArm = Map.groupBy(outcomes, (outcome) => armOf(outcome, by));
	const arms = new Set([...always, ...[...byArm.keys()].sort()]);
	return [...arms].map((arm) => {
		const all = byArm.get(arm) ?? [];
		const compared = all.filter((outcome) => isCompared(outcome, by));
		const bands = Map.groupBy(compared, ({ risk_band }) => risk_band ?? "none");
		return {
			arm,
			...figuresOf(compared),
			excluded: all.length - compared.length,
			by_risk_band: Object.fromEntries(
				[...bands].sort().map(([band, own]) => [band, figuresOf(own)]),
			),
		};
	});
}

/** undefined: one of them has no plans that are compared. */
export function compareArms(
	outcomes: readonly ComparedOutcome[],
	by: ArmKind,
	{ base, candidate }: { base: string; candidate: string },
): ArmDifference | undefined {
	const compared = outcomes.filter((outcome) => isCompared(outcome, by));
	const of = (arm: string) =>
		compared.filter((outcome) => armOf(outcome, by) === arm);
	const [bases, candidates] = [of(base), of(candidate)];
	const [a, b] = [figuresOf(bases), figuresOf(candidates)];
	if (a.success_rate === null || b.success_rate === null) return undefined;
	if (a.duration_ms === null || b.duration_ms === null) return undefined;
	const samples = [a, b].map(({ n, failed }) => ({ plans: n, bad: failed }));
	const [sampleA, sampleB] = samples as [Sample, Sample];
	const margin = marginOf(sampleA);
	return {
		...{ base, candidate },
		success_rate: differenceOfRates(b.success_rate, a.success_rate),
		duration_ms: differenceOfMeans(a.duration_ms.mean, b.duration_ms.mean),
		evidence: weighEvidence(failuresByWeight(bases, candidates, by)),
		probability_of_harm: probabilityOfHarm(sampleA, sampleB, margin),
		margin,
	};
}
type Sample = Parameters<typeof marginOf>[0];

function armOf(outcome: ComparedOutcome, by: ArmKind): string {
	if (by === "version") return outcome.version_assigned;
	return outcome.build_assigned ?? outcome.build_ran ?? "unversioned";
}

function isCompared(outcome: ComparedOutcome, by: ArmKind): boolean {
	return outcome.counts && weightOf(outcome, by) !== null;
}

function weightOf(outcome: ComparedOutcome, by: ArmKind): number | null {
	return by === "version" ? outcome.version_weight : outcome.build_weight;
}

function figuresOf(outcomes: readonly ComparedOutcome[]): ArmFigures {
	const n = outcomes.length;
	const failed = outcomes.filter(isFailed).length;
	const ok = n - failed;
	const late = outcomes.filter(
		(outcome) => !isFailed(outcome) && outcome.sla_missed,
	).length;
	const sorted = outcomes
		.map(({ active_ms }) => active_ms)
		.sort((one, other) => one - other);
	const at = (share: number) => sorted[Math.ceil(n * share) - 1] ?? 0;
	return {
		...{ n, ok, failed, late },
		success_rate: n === 0 ? null : wilson(ok, n),
		duration_ms:
			n === 0
				? null
				: { mean: meanOf(sorted), p50: at(0.5), p95: at(0.95), p99: at(0.99) },
	};
}

const isFailed = ({ failure_class }: ComparedOutcome) => failure_class !== null;

function failuresByWeight(
	bases: readonly ComparedOutcome[],
	candidates: readonly ComparedOutcome[],
	by: ArmKind,
): ArmCounts[] {
	const counts: ArmCounts[] = [];
	const add = (arm: Arm, outcome: ComparedOutcome) => {
		const weight = weightOf(outcome, by);
		if (isFailed(outcome) && weight !== null) count(counts, { arm, weight });
	};
	for (const outcome of bases) add("base", outcome);
	for (const outcome of candidates) add("candidate", outcome);
	return counts;
}

/** Standard deviations of 95 % confidence. */
const Z = 1.959964;

/** Wilson's interval: it stays within 0 and 1, and is honest with few plans. */
export function wilson(ok: number, n: number): Estimate {
	const value = ok / n;
	const spread = Z ** 2 / n;
	const middle = (value + spread / 2) / (1 + spread);
	const reach =
		(Z * Math.sqrt((value * (1 - value)) / n + spread / (4 * n))) /
		(1 + spread);
	return {
		value,
		low: Math.max(0, middle - reach),
		high: Math.min(1, middle + reach),
	};
}

/** Newcombe's interval, from Wilson's of both. */
function differenceOfRates(one: Estimate, other: Estimate): Estimate {
	const value = one.value - other.value;
	const below = Math.hypot(one.value - one.low, other.high - other.value);
	const above = Math.hypot(one.high - one.value, other.value - other.low);
	return { value, low: value - below, high: value + above };
}

/** By the normal approximation: with few plans it is rough. */
function meanOf(values: readonly number[]): Estimate {
	const n = values.length;
	const value = values.reduce((sum, one) => sum + one, 0) / n;
	const squares = values.reduce((sum, one) => sum + (one - value) ** 2, 0);
	const reach = n < 2 ? value : Z * Math.sqrt(squares / (n - 1) / n);
	return { value, low: value - reach, high: value + reach };
}

function differenceOfMeans(one: Estimate, other: Estimate): Estimate {
	const value = one.value - other.value;
	const reach = Math.hypot(one.high - one.value, other.high - other.value);
	return { value, low: value - reach, high: value + reach };
}
