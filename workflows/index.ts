export { closeEndedPlan } from "./close-ended-plan.ts";
export { drainTelemetryBuffer } from "./drain-telemetry-buffer.ts";
export { orchestratePlan } from "./orchestrate-plan.ts";
export { purgeRecords } from "./purge-records.ts";
export {
	recordApprovalAnswer,
	recordApprovalAnswers,
} from "./record-approval-answer.ts";
export { recordDecision } from "./record-decision.ts";
export { redriveDeadLetters } from "./redrive-dead-letters.ts";
export { watchOrphans } from "./watch-orphans.ts";
