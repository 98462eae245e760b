export { drainTelemetryBuffer } from "./drain-telemetry-buffer.ts";
export { orchestratePlan } from "./orchestrate-plan.ts";
export { recordDecision } from "./record-decision.ts";
