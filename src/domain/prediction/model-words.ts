/** Champion: predicts. Challenger: is compared with the champion on live tickets, and decides nothing. */
export const modelAliases = ["champion", "challenger"] as const;
export type ModelAlias = (typeof modelAliases)[number];

/** Why a training began. `mlflow`: somebody registered a model there. */
export const trainingTriggers = [
	"schedule",
	"manual",
	"drift",
	"volume",
	"mlflow",
] as const;
export type TrainingTrigger = (typeof trainingTriggers)[number];

export const driftStatuses = ["ok", "warning", "critical"] as const;
export type DriftStatus = (typeof driftStatuses)[number];

/** Events of `model_audit_log`. */
export const auditEventTypes = [
	"training_started",
	"training_completed",
	"training_failed",
	"validation_passed",
	"validation_failed",
	"promotion_initiated",
	"shadow_mode_started",
	"shadow_mode_completed",
	"rollback_executed",
	"model_promoted",
	"model_retired",
	"drift_detected",
	"retraining_triggered",
] as const;
export type AuditEventType = (typeof auditEventTypes)[number];

/** Why nothing can be learned from an attempt; `refused`: what its page of attempts taught could not be kept. */
export const unusables = [
	"no_number",
	"clock",
	"no_ticket",
	"damaged",
	"refused",
] as const;
