import type { AllocationOutcome } from "../../schemas/allocation-outcome.ts";
import {
	isForetold,
	type Learned,
} from "../domain/prediction/learning-step.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { EndedPage } from "./training-rows.ts";

/** Counts what the learner sees. */
export interface LearningCounters {
	/** After it was written that these were learned from. */
	learned(page: EndedPage, learned: Learned): void;
	skipped(counts: EndedPage["skipped"]): void;
	allocated(outcomes: readonly AllocationOutcome[]): void;
	lag(ms: number): void;
	/** A challenger. */
	unreadable(): void;
}

export function createLearningCounters(
	metrics: Pick<
		Metrics,
		| "mlPredictionError"
		| "mlActualSeconds"
		| "mlCoverage"
		| "mlFeatureErrors"
		| "mlLearningLag"
		| "mlModelLoadErrors"
		| "mlDriftScore"
		| "mlDriftStatus"
		| "mlShadowError"
		| "mlAnomalyAlarms"
		| "mlAnomaliesSilenced"
		| "mlAllocationQuality"
	>,
): LearningCounters {
	function showTypes({ drift, correction }: Learned): void {
		for (const [task_type, { drifted }] of Object.entries(drift?.types ?? {})) {
			metrics.mlDriftScore.set({ task_type }, drifted?.percent ?? 0);
			metrics.mlDriftStatus.set({ task_type }, drifted === null ? 0 : 1);
		}
		for (const [task_type, alarms] of Object.entries(correction?.alarms ?? {}))
			metrics.mlAnomaliesSilenced.set(
				{ task_type },
				Object.values(alarms).some(({ silenced }) => silenced) ? 1 : 0,
			);
	}

	function countSkipped(skipped: EndedPage["skipped"]): void {
		for (const [reason, count] of Object.entries(skipped))
			metrics.mlFeatureErrors.inc({ reason }, count);
	}

	return {
		skipped: countSkipped,
		learned({ finished, skipped }, learned) {
			countSkipped(skipped);
			for (const one of finished) {
				const { prediction, task_type, actual_duration_ms: actual } = one;
				if (prediction === null || !isForetold(one)) continue;
				const { duration_ms, p10_ms, p90_ms, anomaly } = prediction;
				metrics.mlPredictionError.observe(
					{ task_type },
					Math.abs(actual - duration_ms),
				);
				metrics.mlActualSeconds.inc({ task_type }, actual / 1_000);
				const place =
					actual < p10_ms
						? "below_p10"
						: actual > p90_ms
							? "above_p90"
							: "within";
				metrics.mlCoverage.inc({ task_type, place });
				if (anomaly.is_anomaly)
					metrics.mlAnomalyAlarms.inc({
						task_type,
						verdict: place === "within" ? "false" : "right",
					});
			}
			showTypes(learned);
			const { shadow } = learned;
			if (shadow === null || shadow.actual_ms === 0) return;
			metrics.mlShadowError.set(
				{ alias: "challenger" },
				shadow.error_ms / shadow.actual_ms,
			);
			metrics.mlShadowError.set(
				{ alias: "champion" },
				shadow.champion_error_ms / shadow.actual_ms,
			);
		},
		allocated(outcomes) {
			for (const { quality } of outcomes)
				metrics.mlAllocationQuality.observe(quality);
		},
		lag: (ms) => metrics.mlLearningLag.set(ms / 1_000),
		unreadable: () => metrics.mlModelLoadErrors.inc({ alias: "challenger" }),
	};
}
