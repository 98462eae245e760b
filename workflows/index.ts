import "./auto-upgrade.ts";

export { closeEndedPlan } from "./close-ended-plan.ts";
export { drainTelemetryBuffer } from "./drain-telemetry-buffer.ts";
export { orchestratePlan } from "./orchestrate-plan.ts";
export { purgeRecords } from "./purge-records.ts";
export {
	recordApprovalAnswer,
	recordApprovalAnswers,
	recordDecision,
} from "./record-documents.ts";
export { redriveDeadLetters } from "./redrive-dead-letters.ts";
export { rollOut } from "./rollout/roll-out.ts";
export { trainModels } from "./train-models.ts";
export { watchOrphans } from "./watch-orphans.ts";
