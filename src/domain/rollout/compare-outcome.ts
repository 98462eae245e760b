import type { Arm, JudgedOutcome } from "./judgement.ts";
import type { PlanOutcome } from "./outcome.ts";
import type { WeightSpan } from "./state.ts";

/** So long after a change of weight nobody knows for sure which weight a plan began under. */
export const SETTLE_MS = 3_000;

/** The fields of an outcome that a release compares. */
export const comparableFields = [
	...(["build_assigned", "build_ran", "build_weight", "counts"] as const),
	...(["failure_class", "sla_missed", "active_ms", "predicted_ms"] as const),
	...(["started_at", "recorded_at"] as const),
] as const;
export type ComparableOutcome = Pick<
	PlanOutcome,
	(typeof comparableFields)[number]
>;

interface Comparison {
	builds: Readonly<Record<Arm, string>>;
	spans: readonly WeightSpan[];
	matureMs: number;
}

/**
 * The outcome as it is compared; undefined when it is not: a class that no build can cause, a plan that was
 * sent by hand, of neither build, or begun while the weight changed. It is booked on the build it was meant for.
 */
export function compareOutcome(
	outcome: ComparableOutcome,
	{ builds, spans, matureMs }: Comparison,
): JudgedOutcome | undefined {
	const { counts, build_weight, started_at, failure_class } = outcome;
	if (!counts || build_weight === null) return undefined;
	const build = outcome.build_assigned ?? outcome.build_ran;
	const arm = armOf(build, builds);
	const weight = weightAt(started_at, spans);
	if (arm === undefined || weight === undefined) return undefined;
	return {
		...{ arm, weight, failed: failure_class !== null },
		late: outcome.sla_missed || outcome.active_ms > matureMs,
		logRatio: logRatioOf(outcome),
	};
}

function armOf(
	build: string | null,
	{ base, candidate }: Comparison["builds"],
): Arm | undefined {
	if (build === candidate) return "candidate";
	return build === base ? "base" : undefined;
}

/** The weight that was in force, with a margin after each change. */
function weightAt(
	atMs: number,
	spans: readonly WeightSpan[],
): number | undefined {
	return spans.find(
		({ fromMs, toMs }) =>
			atMs >= fromMs + SETTLE_MS && (toMs === null || atMs < toMs),
	)?.weight;
}

function logRatioOf({
	failure_class,
	active_ms,
	predicted_ms,
}: ComparableOutcome): number | null {
	const isCutOff =
		failure_class === "timed_out" || failure_class === "run_ended";
	if (isCutOff || predicted_ms === null) return null;
	if (predicted_ms <= 0 || active_ms <= 0) return null;
	return Math.log(active_ms / predicted_ms);
}
