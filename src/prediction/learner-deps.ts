import type { AllocationOutcome } from "../../schemas/allocation-outcome.ts";
import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import type { Log } from "../log.ts";
import type { WritableAuditLog } from "./audit-log.ts";
import type { LearningCounters } from "./learning-counters.ts";
import type { LearningStore } from "./learning-store.ts";
import type { ModelStore } from "./model-store.ts";
import type { ModelView } from "./model-view.ts";
import type { EndedAttempts } from "./training-rows.ts";

/** Who the learner is in the audit log. */
export const LEARNER = "orchestrator";

export interface LearnerSettings {
	retrains: boolean;
	volume: number;
	watchesDrift: boolean;
	shadowTickets: number;
	publishesOutcomes: boolean;
	minTickets: number;
	windowDays: number;
	settleMs?: number;
}

export interface LearnerDeps {
	attempts: Pick<EndedAttempts, "listStored" | "read" | "countCompleted">;
	store: LearningStore;
	view: Pick<ModelView, "current" | "aliases" | "refresh">;
	registry: Pick<ModelStore, "readVersion" | "readArtifact" | "giveAlias">;
	auditLog: Pick<WritableAuditLog, "write">;
	startTraining(
		trigger: "drift" | "volume",
	): Promise<{ job_id: string; isNew: boolean }>;
	publisher: {
		publishOutcomes(outcomes: readonly AllocationOutcome[]): Promise<void>;
		publishIncident(
			incident: OrchestrationIncident,
			bounds: { timeoutMs: number; signal: AbortSignal },
		): Promise<void>;
	};
	counters: LearningCounters;
	settings: LearnerSettings;
	log: Pick<Log, "info" | "warn" | "error">;
}
