import type { TicketDocument } from "../domain/documents.ts";
import type {
	TicketFacts,
	TicketPrediction,
} from "../domain/prediction/prediction.ts";
import type { WeightProposal } from "../domain/prediction/propose-weights.ts";
import type { ReplayedPlan } from "../domain/prediction/replayed-decision.ts";
import type {
	LearningState,
	ModelAuditLog,
	ModelRegistry,
	ModelViewState,
	Predictor,
	Training,
} from "./ports.ts";

/** What `/api/v1/ml` and `/health/ml` ask for. */
export interface MlSources {
	/** undefined: predictions are off. */
	predictor: Predictor | undefined;
	/** How this process stands with its model. */
	view(): ModelViewState;
	registry: ModelRegistry;
	training: Training;
	learning: LearningState;
	auditLog: ModelAuditLog;
	/** A ticket by the id of any of its attempts, and its plan's tenant; undefined: there is none. */
	readTicket(
		ticketId: string,
	): Promise<{ ticket: TicketDocument; tenant: string } | undefined>;
	/** Time-out that 99 of 100 tickets like this keep, ms; null: nobody can say. */
	proposeTimeout(facts: TicketFacts): number | null;
	/** Other weights of the scheduler, tried on what was recorded. */
	proposeWeights(): Promise<WeightProposal>;
	/** A plan's decisions beside those of today; undefined: there is no such plan. */
	replayDecisions(planId: string): Promise<ReplayedPlan | undefined>;
}

/** What a ticket's prediction rests on. */
export interface TicketExplanation {
	ticket_id: string;
	plan_id: string;
	task_type: string;
	/** As it stood on the ticket when it went out; null: none. */
	recorded: TicketPrediction | null;
	/** What would be said of it now; null: predictions are off. */
	now: TicketPrediction | null;
	/** ms; null: it has not ended. */
	actual_duration_ms: number | null;
	estimated_duration_ms: number | null;
	/** 99 of 100 tickets like it end within, ms; null: too few are known. */
	proposed_timeout_ms: number | null;
	/** What would be said of the same ticket with another value, and nothing else changed. */
	effects: Effect[];
}

interface Effect {
	fact: string;
	value: string;
	instead: string;
	/** Predicted then, ms. */
	duration_ms: number;
}
