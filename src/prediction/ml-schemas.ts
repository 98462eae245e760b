import Type from "typebox";
import {
	auditEventTypes,
	driftStatuses,
	modelAliases,
	trainingTriggers,
} from "../domain/prediction/model-words.ts";
import type { WeightProposal } from "../domain/prediction/propose-weights.ts";
import type { ReplayedPlan } from "../domain/prediction/replayed-decision.ts";
import {
	atMs,
	authorFields,
	nullable,
	nullableText,
	oneOf,
} from "../http/field-schemas.ts";
import { predictionSchema } from "../http/prediction-schema.ts";
import type { TicketExplanation } from "./ml-ports.ts";
import type {
	ModelAuditEvent,
	ModelVersion,
	TrainingJob,
	TypeLearning,
} from "./ports.ts";

const share = (description: string) => Type.Number({ description });
const orNullShare = (description: string) =>
	nullable(Type.Number({ description }));
const count = Type.Integer();

const errorFields = {
	tickets: count,
	mae_share: share("Mean absolute error over the mean duration"),
	type_median_mae_share: share("The same of the type's median"),
	p90_coverage: orNullShare("Share that took no longer than p90"),
};
const metricsSchema = nullable(
	Type.Object({
		...errorFields,
		champion_mae_share: orNullShare("Of the champion of that time"),
		by_type: Type.Record(Type.String(), Type.Object(errorFields)),
	}),
);

export const versionSchema = Type.Unsafe<ModelVersion>(
	Type.Object({
		name: Type.String(),
		version: count,
		registered_at: atMs,
		source: oneOf(["trained", "mlflow"]),
		format: oneOf(["native", "onnx"]),
		feature_schema: Type.String(),
		training: nullable(
			Type.Object({
				from_ms: atMs,
				to_ms: atMs,
				found: count,
				tickets: count,
				data_hash: Type.String(),
				job_id: Type.String(),
			}),
		),
		metrics: metricsSchema,
		artifact: Type.Object({ sha256: Type.String(), bytes: count }),
		mlflow: nullable(Type.Object({ version: Type.String() })),
		promotions: Type.Array(
			Type.Object({
				alias: oneOf(modelAliases),
				at: atMs,
				by: Type.String(),
				reason: Type.String(),
			}),
		),
	}),
);

const modelFields = {
	name: Type.String(),
	model_type: oneOf(["duration", "anomaly"]),
	latest_version: nullable(count),
	stage: nullable(oneOf(["Production", "Staging"] as const)),
	champion: nullable(count),
	challenger: nullable(count),
	metrics: metricsSchema,
	last_updated: nullable(atMs),
	integration_status: oneOf(
		["loaded", "unloaded"],
		"Whether the process that answers predicts with it",
	),
};
export const modelSchema = Type.Object(modelFields);
export const modelDetailsSchema = Type.Object({
	...modelFields,
	revision: count,
	predictor_version: nullableText,
	predictor_loaded: Type.Boolean(),
	versions: Type.Array(versionSchema),
});

export const jobSchema = Type.Unsafe<TrainingJob>(
	Type.Object({
		job_id: Type.String(),
		status: oneOf(["running", "completed", "failed", "cancelled"]),
		started_at: atMs,
		ended_at: nullable(atMs),
		trigger: oneOf(trainingTriggers),
		by: Type.String(),
		result: nullable(
			Type.Object({
				outcome: oneOf(["skipped", "registered", "challenger", "promoted"]),
				reason: Type.String(),
				version: nullable(count),
				tickets: count,
				metrics: metricsSchema,
				duration_ms: Type.Number(),
			}),
		),
		error: nullableText,
	}),
);

const typeSchema = Type.Unsafe<TypeLearning>(
	Type.Object({
		task_type: Type.String(),
		tickets: count,
		mae_share: orNullShare("Of the newest tickets"),
		p90_coverage: orNullShare("Of the newest tickets"),
		drift_factor: orNullShare("Median of actual over predicted"),
		drift: oneOf(driftStatuses),
		drifting_since: nullable(atMs),
		recommendation: nullableText,
		anomaly_alarms: count,
		false_alarms: count,
		anomalies_silenced: Type.Boolean(),
	}),
);
export const driftSchema = Type.Object({
	overall_status: oneOf(driftStatuses),
	model: nullableText,
	timestamp: nullable(atMs),
	watermark_ms: nullable(atMs),
	types: Type.Array(typeSchema),
	recommendations: Type.Array(Type.String()),
});
export const statsSchema = Type.Object({
	model: nullableText,
	updated_at: nullable(atMs),
	total_predictions: Type.Integer({
		description: "Ended attempts whose prediction was held against their time",
	}),
	success_rate: orNullShare(
		"Share of the ended attempts looked at that could be learned from",
	),
	duration_mae_pct: orNullShare("Mean absolute error, % of the mean duration"),
	p90_coverage_pct: orNullShare("Tickets that took no longer than p90, %"),
	anomaly_rate: orNullShare("Alarms among those predictions"),
	false_alarms: count,
	skipped: Type.Record(Type.String(), count),
	shadow: nullable(
		Type.Object({
			model: Type.String(),
			tickets: count,
			mae_share: nullable(Type.Number()),
			champion_mae_share: nullable(Type.Number()),
		}),
	),
});

export const auditEventSchema = Type.Unsafe<ModelAuditEvent>(
	Type.Object({
		audit_id: Type.String(),
		timestamp: atMs,
		event_type: oneOf(auditEventTypes),
		model_name: Type.String(),
		model_version: nullable(count),
		user_id: Type.String(),
		reason: Type.String(),
		duration_seconds: nullable(Type.Number()),
		environment: Type.String(),
		triggered_by: oneOf(trainingTriggers),
		event_data: Type.Object({}, { additionalProperties: true }),
	}),
);

export const explanationSchema = Type.Unsafe<TicketExplanation>(
	Type.Object({
		ticket_id: Type.String(),
		plan_id: Type.String(),
		task_type: Type.String(),
		recorded: nullable(predictionSchema),
		now: nullable(predictionSchema),
		actual_duration_ms: nullable(count),
		estimated_duration_ms: nullable(count),
		proposed_timeout_ms: nullable(count),
		effects: Type.Array(
			Type.Object({
				fact: Type.String(),
				value: Type.String(),
				instead: Type.String(),
				duration_ms: count,
			}),
		),
	}),
);

export const trainSchema = Type.Object({
	...authorFields("Why a model is to be trained now"),
	window_days: Type.Optional(
		Type.Integer({
			...{ minimum: 1, maximum: 3_650 },
			description: "Days to look back; default: ML_TRAINING_WINDOW_DAYS",
		}),
	),
});
export const promoteSchema = Type.Object({
	...authorFields("Why this version"),
	version: Type.Union([
		Type.Integer({ minimum: 1 }),
		Type.String({ pattern: "^[1-9]\\d{0,8}$" }),
	]),
	stage: Type.Optional(
		oneOf(
			["Production", "Staging", ...modelAliases] as const,
			"Production or champion (default): it predicts; Staging or challenger: it is compared",
		),
	),
});
export const rollbackSchema = Type.Object(
	authorFields("Why the champion must go"),
);

const decidedSchema = Type.Object({
	predicted_ms: nullable(count),
	model: nullableText,
	anomaly_type: nullableText,
	priority: Type.Number({ description: "0 to 1" }),
	agent_id: nullableText,
	why: Type.String(),
});
export const replayedPlanSchema = Type.Unsafe<ReplayedPlan>(
	Type.Object({
		plan_id: Type.String(),
		total: count,
		workers: count,
		policy: Type.Object({
			outcome: nullableText,
			denied_tasks: Type.Array(Type.String()),
			plan_from: oneOf(["ledger", "tickets"]),
		}),
		tickets: Type.Array(
			Type.Object({
				ticket_id: Type.String(),
				task_id: Type.String(),
				task_type: Type.String(),
				attempt: count,
				got: nullable(decidedSchema),
				today: decidedSchema,
				actual_duration_ms: nullable(count),
				differs: Type.Array(oneOf(["prediction", "priority", "worker"])),
			}),
		),
	}),
);
export const weightsSchema = Type.Unsafe<WeightProposal>(
	Type.Object({
		current: Type.Number({ description: "SCHEDULER_AGENT_WEIGHT" }),
		tickets: Type.Integer({ description: "Choices that were replayed" }),
		plans: count,
		options: Type.Array(
			Type.Object({
				agent_weight: Type.Number(),
				changed: Type.Integer({
					description: "Tickets that would have gone to somebody else",
				}),
				change: nullable(
					Type.Object(
						{ mean: Type.Number(), low: Type.Number(), high: Type.Number() },
						{
							description:
								"Of the log of the time from publication to end, over all tickets, with 90 % interval; below 0 is sooner",
						},
					),
				),
				verdict: oneOf(["faster", "slower", "unclear", "same"]),
			}),
		),
		proposed: nullable(Type.Number()),
		reason: Type.String(),
	}),
);
