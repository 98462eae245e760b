import Type, { type Static } from "typebox";
import {
	int,
	long,
	map,
	nullable,
	record,
	symbols,
	timestampMs,
} from "./avro-types.ts";

export const decisionTypes = [
	"approve",
	"reject",
	"review_required",
	"conditional",
] as const;
export const consensusMethods = [
	"bayesian",
	"voting",
	"unanimous",
	"fallback",
] as const;

export const specialistVoteSchema = record({
	specialist_type: Type.String(),
	opinion_id: Type.String(),
	confidence_score: Type.Number(),
	risk_score: Type.Number(),
	recommendation: Type.String(),
	weight: Type.Number(),
	processing_time_ms: long,
});

export const consensusMetricsSchema = record({
	divergence_score: Type.Number(),
	convergence_time_ms: long,
	unanimous: Type.Boolean(),
	fallback_used: Type.Boolean(),
	pheromone_strength: Type.Number(),
	bayesian_confidence: Type.Number(),
	voting_confidence: Type.Number(),
});

/** The full contract of `plans.consensus`. Intake reads more leniently. */
export const consolidatedDecisionSchema = record({
	decision_id: Type.String(),
	plan_id: Type.String(),
	intent_id: Type.String(),
	correlation_id: nullable(Type.String()),
	trace_id: nullable(Type.String()),
	span_id: nullable(Type.String()),
	final_decision: symbols(decisionTypes),
	consensus_method: symbols(consensusMethods),
	aggregated_confidence: Type.Number(),
	aggregated_risk: Type.Number(),
	specialist_votes: Type.Array(specialistVoteSchema),
	consensus_metrics: consensusMetricsSchema,
	explainability_token: Type.String(),
	reasoning_summary: Type.String(),
	compliance_checks: map(Type.Boolean()),
	guardrails_triggered: Type.Array(Type.String()),
	/** The plan as JSON text. */
	cognitive_plan: nullable(Type.String()),
	requires_human_review: Type.Boolean(),
	created_at: timestampMs,
	valid_until: nullable(timestampMs),
	metadata: map(Type.String()),
	hash: Type.String(),
	schema_version: int,
});

export type DecisionType = (typeof decisionTypes)[number];
export type ConsensusMethod = (typeof consensusMethods)[number];
export type SpecialistVote = Static<typeof specialistVoteSchema>;
export type ConsensusMetrics = Static<typeof consensusMetricsSchema>;
export type ConsolidatedDecision = Static<typeof consolidatedDecisionSchema>;
