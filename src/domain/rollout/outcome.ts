import type { FinalPlanStatus, OrchestratorVersion } from "../plan-run.ts";

/**
 * Why a plan counts as failed, or why it does not count at all: the table `failureClasses` says which.
 * Which class a plan is in is decided from its end alone, never from the arm that ran it.
 */
export type FailureClass =
	/** A ticket failed for good: the plan is FAILED or PARTIAL. */
	| "tickets_failed"
	/** The plan reached its longest duration. */
	| "timed_out"
	/** Its run was ended from outside, or its workflow failed. */
	| "run_ended"
	/** V2's own code failed, and the plan went on in V1's order. */
	| "version_fallback"
	/** The plan is invalid, or policies forbade it. */
	| "plan_invalid"
	| "plan_denied"
	/** A person rejected or cancelled it, or nobody answered in time. */
	| "rejected"
	| "cancelled"
	| "approval_expired";

/** Whether plans of the class are compared: a candidate cannot cause the others. Decided in advance. */
export const failureClasses: Readonly<
	Record<FailureClass, { counts: boolean; because: string }>
> = {
	tickets_failed: { counts: true, because: "tickets depend on the arm's work" },
	timed_out: { counts: true, because: "an arm that hangs ends like this" },
	run_ended: { counts: true, because: "a crash is the arm's" },
	version_fallback: { counts: true, because: "V2 failed, whoever finished" },
	plan_invalid: { counts: false, because: "the message was wrong" },
	plan_denied: { counts: false, because: "a policy decided" },
	rejected: { counts: false, because: "a person decided" },
	cancelled: { counts: false, because: "a person decided" },
	approval_expired: { counts: false, because: "nobody answered" },
};

/**
 * Collection `plan_outcomes`, `_id` = first execution id of the plan's chain: how a plan ended, written once by
 * its own workflow with its last documents. Times are Unix epoch, ms.
 */
export interface PlanOutcome {
	plan_id: string;
	run_id: string;
	/** V1 or V2: what the split gave it, and what published its last ticket. */
	version_assigned: OrchestratorVersion;
	version_ran: OrchestratorVersion;
	/** Why V2 gave up; null: it did not. */
	fallback_reason: string | null;
	/** V2's share when the plan started, 0 to 100; null: the plan's version was named or listed, it is not compared. */
	version_weight: number | null;
	/** Revision of the split that was in force. */
	routing_revision: number | null;
	/** Worker deployment and builds; null: workers without a version. */
	deployment: string | null;
	/** Where the ramp that was known at its start sends it; null: not known. */
	build_assigned: string | null;
	build_ran: string | null;
	/** The candidate's share when the plan started, 0 to 100; null: there was no candidate, or the plan was pinned to a build by hand or as a smoke plan. */
	build_weight: number | null;
	rollout_id: string | null;
	started_at: number;
	ended_at: number;
	status: FinalPlanStatus;
	/** null: success. */
	failure_class: FailureClass | null;
	/** Whether it is compared (`failureClasses`). */
	counts: boolean;
	sla_missed: boolean;
	duration_ms: number;
	/** Time in which nobody works on it (approval, pauses) is not part of `active_ms`. */
	active_ms: number;
	/** What was expected of `active_ms`: the longest path by predictions, else by the plan's own estimates; null: none. */
	predicted_ms: number | null;
	risk_band: string | null;
	tenant: string;
	domain: string | null;
	/** When the write was tried, clock of the worker: records appear in about this order. */
	recorded_at: number;
}
