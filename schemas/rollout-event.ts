import Type, { type Static } from "typebox";
import { nullable, record } from "./avro-types.ts";

/** What we write to `rollout.events`. JSON only. */
export const rolloutEventSchema = record({
	/** `{rollout_id}:{number}`, numbered from 1 within the rollout. */
	event_id: Type.String(),
	rollout_id: Type.String(),
	deployment: Type.String(),
	event_type: Type.String({
		description:
			"RolloutCreated, SmokePassed, SmokeFailed, WeightUpdated, StepCompleted, StepSkipped, StepApproved, PolicyChanged, AnalysisStarted, AnalysisSuccessful, AnalysisFailed, AnalysisInconclusive, AnalysisError, RolloutPaused, RolloutResumed, RolloutPromoted, RolloutAborted, RollbackCompleted, PlansTriaged, DrainCompleted, RolloutCompleted, ManagerConflict",
	}),
	/** ISO 8601. */
	timestamp: Type.String(),
	actor: Type.String(),
	reason: Type.String(),
	target_build: Type.String(),
	/** null: not known yet. */
	base_build: nullable(Type.String()),
	/** By event type; fields may be added. */
	data: Type.Object(
		{},
		{
			additionalProperties: true,
			description:
				"WeightUpdated: from, to (percent). StepCompleted: step, of. Analysis*: rule, sentence. RolloutPaused: reason. RollbackCompleted: ms. PlansTriaged: restarted, moved, draining, failed. RolloutCompleted: phase",
		},
	),
});

export type RolloutEventRecord = Omit<
	Static<typeof rolloutEventSchema>,
	"data"
> & { data: Record<string, unknown> };
