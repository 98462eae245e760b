import Type, { type Static } from "typebox";
import {
	int,
	map,
	nullable,
	record,
	symbols,
	timestampMs,
} from "./avro-types.ts";
import { cognitivePlanSchema, riskBands } from "./cognitive-plan.ts";

/** What we write to `cognitive-plans-approval-requests`: a plan that waits for a person. */
export const approvalRequestSchema = record({
	plan_id: Type.String(),
	intent_id: Type.String(),
	/** The decision's aggregated risk, else the plan's own. */
	risk_score: Type.Number(),
	risk_band: symbols(riskBands),
	is_destructive: Type.Boolean(),
	destructive_tasks: Type.Array(Type.String()),
	risk_matrix: nullable(map(Type.Number())),
	cognitive_plan: cognitivePlanSchema,
	/** ISO 8601. */
	requested_at: Type.String(),
	status: symbols(["pending"]),
	/** The same for a request that is published twice; a reminder has its own. */
	request_id: Type.String(),
	decision_id: Type.String(),
	correlation_id: Type.String(),
	workflow_id: Type.String(),
	/** SHA-256 (hex) of the plan's canonical JSON. */
	plan_hash: Type.String(),
	/** After this the plan is EXPIRED. */
	expires_at: timestampMs,
	/** 0 for the first request. */
	reminder: int,
	schema_version: int,
});

/** The plan goes out as it came in: intake reads plans more leniently than their contract. */
export type ApprovalRequest = Omit<
	Static<typeof approvalRequestSchema>,
	"cognitive_plan"
> & { cognitive_plan: unknown };
