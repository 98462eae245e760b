import {
	modelAliases,
	trainingTriggers,
	unusables,
} from "../../domain/prediction/model-words.ts";
import { counter, gauge, histogram, lookedAt } from "../declare.ts";
import { taskTypes } from "./label-values.ts";

const task_type = taskTypes;

/** How tickets are predicted, what was learned, and which models there are. */
export const predictionMetrics = {
	mlPredictions: counter(
		"orchestration_ml_predictions_total",
		"Predictions of tickets: by the model; by the estimate because there is none yet, or a plan is too large to carry predictions; by the estimate because the model could not be used.",
		{ source: ["model", "estimate", "fallback"] },
	),
	mlPredictionSeconds: histogram(
		"orchestration_ml_prediction_duration_seconds",
		"Time one call of the predictor took, of one ticket or many.",
		[0.000_05, 0.000_2, 0.001, 0.005, 0.02, 0.1],
	),
	mlAnomalies: counter(
		"orchestration_ml_anomalies_detected_total",
		"Predictions that found the ticket unusual.",
		{
			anomaly_type: [
				...(["resource_mismatch", "qos_inconsistency"] as const),
				...(["duration_outlier", "capability_anomaly"] as const),
			],
		},
	),
	mlAnomalyAlarms: counter(
		"orchestration_ml_anomaly_alarms_total",
		"Completed attempts that were found unusual before they ran: right when they did not end within their interval.",
		{ task_type, verdict: ["right", "false"] },
	),
	mlAnomaliesSilenced: gauge(
		"orchestration_ml_anomalies_silenced",
		"1: the type has raised too many false alarms, and raises none until they are fewer.",
		{ task_type },
	),
	mlAllocationQuality: histogram(
		"orchestration_scheduler_allocation_quality_score",
		"0 to 1: whether an allocated attempt completed, and how well its times in queue and in execution were foretold.",
		[0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 1],
	),
	mlPredictionError: histogram(
		"orchestration_ml_prediction_error",
		"Absolute difference of actual and predicted duration of completed attempts, ms, as the prediction stood on the ticket.",
		[100, 1_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000],
		{ task_type },
	),
	mlActualSeconds: counter(
		"orchestration_ml_actual_duration_seconds_total",
		"Actual duration of the completed attempts whose error is measured: the error's sum over this is the mean error's share.",
		{ task_type },
	),
	mlCoverage: counter(
		"orchestration_ml_prediction_coverage_total",
		"Completed attempts with a prediction, by whether they ended within its interval.",
		{ task_type, place: ["below_p10", "within", "above_p90"] },
	),
	mlFeatureErrors: counter(
		"orchestration_ml_feature_extraction_errors_total",
		"Ended attempts that nothing can be learned from: a figure is no number, the clocks disagree, the ticket is gone or damaged, or what was learned could not be stored.",
		{ reason: unusables },
	),
	mlLearnedUntil: gauge(
		"orchestration_ml_learned_until_timestamp_seconds",
		"Ends of attempts that were stored until then are learned from, Unix epoch, in the process that learns; where nobody could learn, since when that is so; 0: another process learns.",
	),
	mlModelLoadErrors: counter(
		"orchestration_ml_model_load_errors_total",
		"Champions or challengers that a process could not load; the former model stays.",
		{ alias: modelAliases },
	),
	mlModelVersion: gauge(
		"orchestration_ml_model_version",
		"Version of the model that this process predicts by; 0: it has none.",
	),
	mlModelReadAt: gauge(
		"orchestration_ml_model_read_timestamp_seconds",
		"When this process last read which model is champion, Unix epoch.",
	),
	mlModelAccuracy: gauge(
		"orchestration_ml_model_accuracy",
		"The champion's figures in its back-test: mean error and that of the type's median as shares of the mean duration, and the share up to p90.",
		{ metric_type: ["mae_share", "type_median_mae_share", "p90_coverage"] },
	),
	mlTrainingSeconds: histogram(
		"orchestration_ml_training_duration_seconds",
		"Time a training took.",
		[1, 5, 10, 30, 60, 120, 300, 600, 1_800],
	),
	mlTrainings: counter(
		"orchestration_ml_training_jobs_total",
		"Trainings, by what came of them.",
		{
			status: ["skipped", "registered", "challenger", "promoted", "failed"],
			trigger: trainingTriggers,
		},
	),
	mlTrainingSamples: lookedAt(
		"orchestration_ml_training_samples_used",
		"Tickets that the newest training here learned from.",
	),
	mlDriftScore: gauge(
		"orchestration_ml_drift_score",
		"How much longer (below 0: shorter) the newest tickets of a drifting type run than its model foretells, in percent; 0: it does not drift.",
		{ task_type },
	),
	mlDriftStatus: gauge(
		"orchestration_ml_drift_status",
		"1: durations of the type have left what its model foretells.",
		{ task_type },
	),
	mlShadowError: gauge(
		"orchestration_ml_shadow_mae_share",
		"Mean absolute error on the same live tickets, as a share of their mean duration.",
		{ alias: modelAliases },
	),
	mlflowCalls: counter(
		"orchestration_ml_mlflow_calls_total",
		"Registrations, promotions and fetches at MLflow.",
		{ operation: ["register", "promote", "fetch"], outcome: ["ok", "failed"] },
	),
};
