// Long because every document in MongoDB is described in one place.

import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { TelemetryFrame } from "../../schemas/telemetry-frame.ts";
import type { ApprovalWait } from "./approvals.ts";
import type { AuditHead } from "./audit-chain.ts";
import type { PlanOrigin, Via } from "./origin.ts";
import type {
	FinalDecision,
	OrchestratorVersion,
	PlanStatus,
	RecordSource,
} from "./plan-run.ts";
import type { FeatureFlags, PolicyViolation } from "./policy-words.ts";
import type { CarriedPrediction } from "./prediction/carried-prediction.ts";
import type { TicketPrediction } from "./prediction/prediction.ts";
import type { DecidingTerm } from "./scheduling/explain-choice.ts";
import type { PlanSla } from "./sla/sla-terms.ts";

/** Collections a plan's workflow writes. All documents are keyed and carry a revision. */
export const collectionNames = [
	/** `_id` = workflow id: one document a plan, and one a decision that is only recorded. */
	"workflows",
	/** `_id` = decision id: remembers decisions beyond Temporal's retention. */
	"decisions",
	/** `_id` = `{workflow_id}:{first run id}`. */
	"validation_audit",
	/** `_id` = logical ticket id. */
	"execution_tickets",
	/** `_id` = wire id of the attempt. */
	"ticket_attempts",
	/** `_id` = `{workflow_id}:{first run id}`, then `/{round}` in every round but the first. */
	"workflow_results",
	/** `_id` = frame id. */
	"telemetry_buffer",
	/** `_id` = answer id: answers of persons that no plan waited for. */
	"approval_answers",
	/** `_id` = `auditKey`: plan, trail and sequence. */
	"audit_trail",
	/** `_id` = first execution id of the plan's chain of runs: written once, and never changed. */
	"plan_outcomes",
] as const;
export type CollectionName = (typeof collectionNames)[number];

/**
 * One keyed write: `$set` of the fields, inserted when absent. It has effect only where no stored
 * revision is newer; revisions compare as text.
 */
export interface DocumentWrite {
	collection: CollectionName;
	_id: string;
	revision: string;
	fields: Record<string, unknown>;
	/** See `chunkWrites`. */
	formerBytes?: number;
	/**
	 * Whether the writer expects that the document does not exist yet: an insert is tried first then, which is
	 * cheaper.
	 */
	isNew?: boolean;
}

export const ticketOutcomes = [
	"completed",
	"failed",
	"timed_out",
	"skipped",
	"cancelled",
	"compensated",
] as const;
export type TicketOutcome = (typeof ticketOutcomes)[number];

/** Whether a ticket or an attempt with this outcome was to be done, and was not. */
export function isFailure(
	outcome: TicketOutcome | null,
): outcome is "failed" | "timed_out" {
	return outcome === "failed" || outcome === "timed_out";
}

export interface PlanProblem {
	/** JSON path of the fault, `$.tasks[3].dependencies[0]`. */
	path: string;
	code: string;
	/** A sentence: what is wrong and what to do. */
	message: string;
	/** What a policy found, if it is a policy's problem. */
	violation?: PolicyViolation;
}

export type StepName = "C1" | "C2" | "C3" | "C4" | "C5" | "C6";

export interface PlanStep {
	name: StepName;
	status: "running" | "completed" | "failed" | "skipped";
	/** When it first began. */
	started_at: number;
	/**
	 * Time spent in the step, ms: C3 and C4 run for every batch of tickets, and the time between is not counted;
	 * null until the step first ended.
	 */
	duration_ms: number | null;
	/**
	 * How often the step ran. Absent in documents of earlier releases, whose duration is from first begin to
	 * last end.
	 */
	times?: number;
	/** When it last ended. */
	ended_at?: number;
	/** Start of the current repetition. */
	running_since?: number;
}

/** One earlier round of a plan, before a rerun. */
export interface FormerRound {
	/** From 0. */
	round: number;
	/** As it ended. */
	status: PlanStatus;
	/** Steps from C3 on; the steps before run once in a plan's life. */
	steps: PlanStep[];
	/** null: its run was ended from outside. */
	finished_at: number | null;
	error_message: string | null;
	tickets_generated: number;
	tickets_completed: number;
}

export interface CommandRecord {
	/** Of the update that asked for it, or derived. */
	id: string;
	command: string;
	actor: string;
	reason: string;
	at: number;
	idempotency_key: string | null;
	/** See `commandHash`. */
	command_hash: string;
	/** Of the plan, right after the command. */
	status: PlanStatus;
	/** A sentence: the effect of the command. */
	outcome: string;
	details: Record<string, unknown>;
	/**
	 * How the command arrived, and whether credentials prove the actor; absent in commands of earlier releases.
	 */
	via?: Via;
	authenticated?: boolean;
}

/** A result that had no effect, kept so that it can be found again. */
export interface StrayResult {
	ticket_id: string;
	status: string;
	/** `early`: intake received it before its attempt was due; counted among the unknown. */
	kind: "duplicate" | "late" | "superseded" | "unknown" | "early";
	at: number;
	source: RecordSource | null;
}

/** When V2 failed within a plan, Unix epoch, ms, and why. */
export interface VersionFallback {
	at: number;
	reason: string;
}

/** Collection `workflows`. Times are Unix epoch, ms. */
export interface PlanDocument {
	workflow_id: string;
	run_id: string;
	kind: "plan" | "recorded-decision";
	plan_id: string;
	decision_id: string;
	intent_id: string;
	correlation_id: string | null;
	final_decision: FinalDecision;
	domain: string | null;
	/** Absent in plans of earlier releases. */
	tenant?: string;
	risk_band: string | null;
	priority: string | null;
	orchestrator_version: OrchestratorVersion | null;
	/** V2 failed, and the plan went on in V1's order; absent: it did not. */
	version_fallback?: VersionFallback;
	plan_hash: string | null;
	status: PlanStatus;
	/** The step strings of the earlier service. */
	stage: string;
	current_step: StepName | null;
	/**
	 * The policy gate's newest decisions in C1 (absent in plans of earlier releases), before C2 and in C3:
	 * `allowed`, `denied`, `not configured`, `undecided` (the plan waits) or `unchecked` (OPA_FAIL_OPEN).
	 */
	policy: { c1?: string | null; c2: string | null; c3: string | null };
	/** The features that policies gave the plan; absent when none decided. */
	feature_flags?: FeatureFlags;
	problems: PlanProblem[];
	warnings: PlanProblem[];
	steps: PlanStep[];
	/** The newest rounds; absent in a plan without a rerun. */
	former_rounds?: FormerRound[];
	/** The origin of the plan; absent in plans of earlier releases. */
	origin?: PlanOrigin;
	/** Of its trace, 32 hex digits; absent when it is not traced. */
	trace_id?: string;
	commands: CommandRecord[];
	/** null: no person was asked. */
	approval: ApprovalWait | null;
	/** Where the plan's audit trail ends; absent before its first record. */
	audit_head?: AuditHead | null;
	/** The signature of that head, when the service has a signing key. */
	audit_signature?: string;
	tickets_generated: number;
	tickets_completed: number;
	tickets_failed: number;
	retries: number;
	results_duplicate: number;
	results_late: number;
	results_unknown: number;
	/** The newest 100. */
	stray_results: StrayResult[];
	error_message: string | null;
	/** The newest reasons why Kafka refused incidents of this plan permanently; absent when it refused none. */
	incident_errors?: string[];
	created_at: number;
	published_at: number | null;
	/** Whether a publication was tried, acknowledged or not; absent in documents of earlier releases. */
	publish_attempted?: boolean;
	finished_at: number | null;
	valid_until: number | null;
	sla_deadline: number | null;
	/** Of an open plan: the latest start of its remaining longest path that keeps `sla_deadline`. */
	slack_at: number | null;
	/** How it stands with its deadline; absent before C2, and in plans of earlier releases. */
	sla?: PlanSla;
	/** Last progress of a step or a ticket of the plan. */
	last_progress_at: number;
	source: RecordSource | null;
	revision: string;
	updated_at: number;
}

export interface AllocationMetadata {
	allocated_at: number;
	/** null: nobody was chosen; `allocation_method` says why. */
	agent_id: string | null;
	priority_score: number;
	allocation_method: AllocationMethod;
	workers_evaluated: number;
	/** The registry was away: how old what was last known of the workers was, ms. */
	view_age_ms?: number;
	/** Of a worker that the scheduler chose: its score, and the one that it was ranked by. 0 to 1. */
	agent_score?: number;
	composite_score?: number;
	/** What set it apart from the second. */
	deciding_term?: DecidingTerm;
	/** All places of all workers that fit were taken. */
	overflow?: true;
	/** Of a ticket that a model predicts: how long it will wait at its worker, ms, and the share of its slots taken. */
	predicted_queue_ms?: number;
	predicted_load_pct?: number;
	/** Absent: nothing was predicted. Documents show it as the ticket's `predictions`. */
	prediction?: CarriedPrediction;
}

/** Why a ticket was never handed to a worker. */
export interface RejectionMetadata {
	/** Unix epoch, ms. */
	rejected_at: number;
	rejected_by: "policy" | "scheduler";
	/** A sentence. */
	reason: string;
	/** Of policies: the worst first. */
	violations?: readonly PolicyViolation[];
}

/**
 * `round_robin`: the scheduler is switched off; `round_robin_fallback`: it could not choose, because nobody fits
 * or because the view of the workers is too old; the last two: there was nobody to choose from.
 */
export const allocationMethods = [
	"intelligent_scheduler",
	"round_robin",
	"round_robin_fallback",
	"no_agent_known",
	"directory_unavailable",
] as const;
export type AllocationMethod = (typeof allocationMethods)[number];

/**
 * Collection `execution_tickets`: the wire ticket with its present state, and fields that the wire does not
 * have.
 */
export interface TicketDocument extends ExecutionTicket {
	workflow_id: string;
	orchestrator_version: OrchestratorVersion;
	outcome: TicketOutcome | null;
	attempt: number;
	/** Wire id of the newest attempt. */
	attempt_ticket_id: string;
	generation: number;
	published_at: number | null;
	/** The time of the first outcome; a later compensation does not change it. */
	finished_at: number | null;
	/** When it was undone; absent unless it was. */
	compensated_at?: number;
	/** The id of the ticket that this one undoes. */
	compensates: string | null;
	agent_id: string | null;
	output: Record<string, string>;
	allocation_metadata: Omit<AllocationMetadata, "prediction"> | null;
	/**
	 * Of the newest allocation that was predicted, which may be that of an earlier attempt; absent: none was, and whoever
	 * shows it shows its estimate.
	 */
	predictions?: TicketPrediction;
	/** Absent unless it was refused. */
	rejection_metadata?: RejectionMetadata;
	/** The logical id of the ticket that a rerun put in its place. */
	superseded_by?: string;
	/** Position in the plan's list of tickets: reads come in this order. */
	order: number;
	revision: string;
	updated_at: number;
}

/** Collection `ticket_attempts`: the index from results to plans, and the outcome of each publication. */
export interface AttemptDocument {
	ticket_id: string;
	logical_ticket_id: string;
	plan_id: string;
	workflow_id: string;
	task_id: string;
	attempt: number;
	generation: number;
	orchestrator_version: OrchestratorVersion;
	published_at: number;
	status: "RUNNING" | "COMPLETED" | "FAILED";
	outcome: "completed" | "failed" | "timed_out" | "cancelled" | null;
	agent_id: string | null;
	actual_duration_ms: number | null;
	error_message: string | null;
	finished_at: number | null;
	result_source: RecordSource | null;
	/** When its end was first stored, by the clock of the process that did; only in MongoDB. Absent: it has not ended. */
	stored_at?: number;
	revision: string;
	updated_at: number;
}

/** Some of a plan's published attempts. */
export interface AttemptsPart {
	attempts: Omit<AttemptDocument, "revision">[];
	/** How many there are in all. */
	total: number;
}

/** Collection `validation_audit`. */
export interface ValidationAuditDocument {
	workflow_id: string;
	plan_id: string;
	decision_id: string;
	orchestrator_version: OrchestratorVersion;
	validation_result: {
		valid: boolean;
		errors: PlanProblem[];
		warnings: PlanProblem[];
		validated_at: number;
		policy: string | null;
	};
	/** SHA-256 (hex) of the canonical JSON of `validation_result`. */
	hash: string;
	timestamp: number;
	revision: string;
}

/** Collection `decisions`. */
export interface DecisionDocument {
	decision_id: string;
	plan_id: string;
	workflow_id: string;
	plan_hash: string | null;
	final_decision: FinalDecision;
	source: RecordSource | null;
	recorded_at: number;
	revision: string;
}

/** Collection `telemetry_buffer`. */
export interface BufferedFrameDocument {
	frame: TelemetryFrame;
	buffered_at: number;
	revision: string;
}
