import { type Static, type TObject, Type } from "typebox";
import { count, flag, HOUR_MS, secret, topicName } from "./setting.ts";

const MB_OF = { Mi: 1, Gi: 1_024 };

/** Predictions: what they say, and how they are learned. */
export const predictionSettings = {
	ML_PREDICTIONS_ENABLED: flag(
		true,
		"Predict how long tickets run and learn from those that end; while there is no model, the estimate stands",
	),
	ML_TRAINING_INTERVAL_HOURS: count(
		24,
		8_760,
		"Hours between two trainings; 0: only when they are asked for, or a trigger does",
		0,
	),
	ML_TRAINING_WINDOW_DAYS: count(
		540,
		3_650,
		"Days that a training looks back; of more than 100,000 tickets it takes a sample",
	),
	ML_MIN_TRAINING_SAMPLES: count(
		100,
		100_000,
		"Completed tickets without which no model is made",
		10,
	),
	ML_TRAINING_JOB_TIMEOUT_SECONDS: count(
		3_600,
		86_400,
		"Seconds a training may take",
	),
	ML_TRAINING_JOB_MEMORY_LIMIT: Type.String({
		pattern: "^[1-9]\\d*(Mi|Gi)$",
		rule: "a size like 768Mi or 4Gi",
		default: "768Mi",
		description:
			"Heap of the thread that trains; a training that needs more fails, and the process goes on",
		example: "4Gi",
	}),
	ML_DURATION_ERROR_THRESHOLD: Type.Optional(
		Type.String({
			pattern: "^([A-Z_]+=)?\\d*\\.?\\d+(\\s*,\\s*([A-Z_]+=)?\\d*\\.?\\d+)*$",
			rule: "a share of the mean duration, or several by task type: 0.4,BUILD=0.15",
			description:
				"Mean absolute error, as a share of the mean duration, above which a model is not promoted, for all types or by type; without it the champion and the type's median are the measure",
			example: "0.4,BUILD=0.15",
		}),
	),
	ML_RETRAINING_TRIGGERS_ENABLED: flag(
		true,
		"Train when a task type drifts, and when enough tickets have ended since the last training",
	),
	ML_DATA_VOLUME_TRIGGER_THRESHOLD: count(
		10_000,
		10_000_000,
		"Completed tickets after which a model is trained anew; a model of fewer tickets when they have doubled",
		10,
	),
	ML_DRIFT_DETECTION_ENABLED: flag(
		true,
		"Watch whether durations of a task type leave what its model foretells, and say so",
	),
	ML_SHADOW_MODE_ENABLED: flag(
		false,
		"A model that is better in the back-test becomes challenger first, and champion when it is better on live tickets too",
	),
	ML_SHADOW_MODE_MIN_PREDICTIONS: count(
		1_000,
		1_000_000,
		"Live tickets on which a challenger is compared before it may become champion",
		10,
	),
	ML_MODEL_CACHE_TTL_SECONDS: count(
		3_600,
		86_400,
		"Seconds between two looks at MLflow for models that others registered there",
	),
	ML_AUDIT_RETENTION_DAYS: count(
		365,
		3_650,
		"Days that events of models are kept",
	),
	ML_ALLOCATION_OUTCOMES_ENABLED: flag(
		true,
		"Publish what became of each allocation, with predicted and actual times",
	),
	ML_ALLOCATION_OUTCOMES_TOPIC: topicName(
		"ml.allocation_outcomes",
		"Topic of what became of allocations",
	),
	MLFLOW_TRACKING_URI: Type.Optional(
		Type.String({
			pattern: "^https?://[^\\s]+$",
			rule: "an http or https address",
			description:
				"Address of an MLflow server: models are registered there as well, and those that others register are tried as challengers; without it there is only our own registry",
			example: "http://mlflow.mlflow.svc:5000",
		}),
	),
	MLFLOW_TRACKING_TOKEN: secret("Bearer token for MLflow"),
	MLFLOW_EXPERIMENT_NAME: Type.String({
		default: "orchestrator-predictive-models",
		description: "Experiment of MLflow in which trainings are recorded",
		example: "orchestrator-predictive-models",
	}),
};

export function toPredictionConfig(
	env: Static<TObject<typeof predictionSettings>>,
) {
	const uri = env.MLFLOW_TRACKING_URI;
	return {
		isOn: env.ML_PREDICTIONS_ENABLED,
		training: {
			/** 0: by no schedule. */
			intervalMs: env.ML_TRAINING_INTERVAL_HOURS * HOUR_MS,
			windowDays: env.ML_TRAINING_WINDOW_DAYS,
			minTickets: env.ML_MIN_TRAINING_SAMPLES,
			timeoutMs: env.ML_TRAINING_JOB_TIMEOUT_SECONDS * 1_000,
			heapMb: toMb(env.ML_TRAINING_JOB_MEMORY_LIMIT),
			maxErrors: toMaxErrors(env.ML_DURATION_ERROR_THRESHOLD),
			shadowFirst: env.ML_SHADOW_MODE_ENABLED,
		},
		learning: {
			retrains: env.ML_RETRAINING_TRIGGERS_ENABLED,
			volume: env.ML_DATA_VOLUME_TRIGGER_THRESHOLD,
			watchesDrift: env.ML_DRIFT_DETECTION_ENABLED,
			shadowTickets: env.ML_SHADOW_MODE_MIN_PREDICTIONS,
			publishesOutcomes: env.ML_ALLOCATION_OUTCOMES_ENABLED,
		},
		auditRetentionDays: env.ML_AUDIT_RETENTION_DAYS,
		/** undefined: there is none. */
		mlflow:
			uri === undefined
				? undefined
				: {
						uri: uri.replace(/\/+$/, ""),
						token: env.MLFLOW_TRACKING_TOKEN,
						experiment: env.MLFLOW_EXPERIMENT_NAME,
						lookMs: env.ML_MODEL_CACHE_TTL_SECONDS * 1_000,
					},
	};
}

/** Highest error by task type, as a share of the mean duration; `*`: of all types that are not named. */
export type MaxErrors = Readonly<Record<string, number>>;

function toMaxErrors(text: string | undefined): MaxErrors {
	const entries = (text ?? "").split(",").flatMap((part) => {
		const [last = "", type = "*"] = part.trim().split("=").toReversed();
		return last === "" ? [] : [[type, Number(last)] as const];
	});
	return Object.fromEntries(entries);
}

function toMb(size: string): number {
	const unit = size.slice(-2) as keyof typeof MB_OF;
	return Number(size.slice(0, -2)) * MB_OF[unit];
}
