import type { AllocationOutcome } from "../../schemas/allocation-outcome.ts";
import {
	isForetold,
	type Learned,
} from "../domain/prediction/learning-step.ts";
import { placeOf } from "../domain/prediction/prediction.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { EndedPage } from "./training-rows.ts";

export type LearningCounters = ReturnType<typeof createLearningCounters>;

/** Counts what the learner sees. */
export function createLearningCounters(
	metrics: Pick<
		Metrics,
		| "mlPredictionError"
		| "mlActualSeconds"
		| "mlCoverage"
		| "mlFeatureErrors"
		| "mlLearnedUntil"
		| "mlModelLoadErrors"
		| "mlDriftScore"
		| "mlDriftStatus"
		| "mlShadowError"
		| "mlAnomalyAlarms"
		| "mlAnomaliesSilenced"
		| "mlAllocationQuality"
	>,
) {
	let learnedUntilMs = 0;

	function setLearnedUntil(ms: number): void {
		learnedUntilMs = ms;
		metrics.mlLearnedUntil.set(ms / 1_000);
	}

	/** A type that another model or another process knows of has no figures here. */
	function forget(): void {
		metrics.mlDriftScore.reset();
		metrics.mlDriftStatus.reset();
		metrics.mlAnomaliesSilenced.reset();
		metrics.mlShadowError.reset();
	}

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
		/** After it was written that these were learned from. */
		learned({ finished, skipped }: EndedPage): void {
			countSkipped(skipped);
			for (const one of finished) {
				const { prediction, task_type, actual_duration_ms: actual } = one;
				if (prediction === null || !isForetold(one)) continue;
				const { duration_ms, anomaly } = prediction;
				metrics.mlPredictionError.observe(
					{ task_type },
					Math.abs(actual - duration_ms),
				);
				metrics.mlActualSeconds.inc({ task_type }, actual / 1_000);
				const place = placeOf(prediction, actual);
				metrics.mlCoverage.inc({ task_type, place });
				if (anomaly.is_anomaly)
					metrics.mlAnomalyAlarms.inc({
						task_type,
						verdict: place === "within" ? "false" : "right",
					});
			}
		},
		/** In the process that learns. */
		show(learned: Learned): void {
			forget();
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
		allocated(outcomes: readonly AllocationOutcome[]): void {
			for (const { quality } of outcomes)
				metrics.mlAllocationQuality.observe(quality);
		},
		/** Unix epoch, ms. */
		learnedUntil: setLearnedUntil,
		/** Another process learns: its figures are the ones that hold. */
		following(): void {
			forget();
			setLearnedUntil(0);
		},
		/** Nobody can say who learns now: time passes on what this one has learned, or from now on. */
		standing(nowMs: number): void {
			if (learnedUntilMs === 0) setLearnedUntil(nowMs);
		},
		/** A challenger. */
		unreadable: () => metrics.mlModelLoadErrors.inc({ alias: "challenger" }),
	};
}
