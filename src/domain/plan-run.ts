// Long because it names everything that others may ask of a plan's run.
import type { AuditHead } from "./audit-chain.ts";
import type { PlanOrigin, Via } from "./origin.ts";
import type { PlanRouting } from "./rollout/routing.ts";
import type { SlaCheckpointName } from "./sla/sla-terms.ts";
import type { PlanTrace } from "./trace/trace-context.ts";

/**
 * Signals, queries and updates of a plan's workflow. The names are an interface: operators' scripts, intake,
 * REST and recorded histories use them (protocol.md, "Names that last").
 */

export const PLAN_WORKFLOW_TYPE = "orchestratePlan";
export const RECORD_WORKFLOW_TYPE = "recordDecision";

export const planSignals = {
	/** Args: `[TicketResult[]]`. One signal per plan and window. */
	ticketResults: "ticket_results",
	/** Of the earlier service; args: `[ticket_id, result]`. */
	ticketCompleted: "ticket_completed",
	/** Args: `[DecisionSummary]`: a reject that came while the plan waits for approval. */
	decisionRejected: "decision_rejected",
	/** Of the earlier service, without arguments; `[{actor?, reason?, compensate?}]` says more. The cancel command. */
	cancelWorkflow: "cancel_workflow",
} as const;

export const planQueries = {
	/** `PlanDocument` as REST shows it. */
	plan: "plan",
	/** Args: `[{ids?, offset?, limit?}]` -> `TicketDocument[]`; ids may be those of any attempt. */
	tickets: "tickets",
	/** Args: `[{status?, newestFirst?, offset, limit}]` -> `{tickets, total}`; a page ends early where one answer is full. */
	ticketPage: "ticket_page",
	/**
	 * Of a closed run; args: `[RerunStateRequest]` -> `RerunState`: the state from which a new run continues, or
	 * why it must not.
	 */
	rerunState: "rerun_state",
	/** `LastWords`: the state of an ended run that may not be stored. */
	lastWords: "last_words",
	/** `PlanWaits`: what the plan waits for, since when, what would unblock it. */
	why: "why",
	/** `[{offset}]` -> `PlanGraphPart`: as many of the plan's tasks as one answer holds. */
	graph: "graph",
	/** `[{offset}]` -> `AttemptsPart`: as many of the published attempts as one answer holds. */
	attempts: "attempts",
	/** `AuditEnd`. */
	auditEnd: "audit_end",
	getStatus: "get_status",
	getTickets: "get_tickets",
} as const;

export const planUpdates = {
	cancel: "cancel",
	pause: "pause",
	resume: "resume",
	approve: "approve",
	reject: "reject",
	rerun: "rerun",
	priority: "priority",
} as const;
export type PlanCommandName = keyof typeof planUpdates;

/** Actor and reason of a command; both are kept in the plan's history of commands. */
export interface PlanCommand {
	actor: string;
	reason: string;
	/** `cancel` only: undo what was done. */
	compensate?: boolean;
	/**
	 * `approve`, `reject`: SHA-256 of the canonical JSON of the plan that the person looked at; refused when the
	 * plan is another one.
	 */
	plan_hash?: string;
	/** `approve`, `reject`: when the person answered, Unix epoch, ms. Without a hash, one older than the request is refused. */
	answered_at?: number;
	/** `rerun` only: the task that runs again, with all that depends on it. */
	task_id?: string;
	/** `priority` only. */
	priority?: CommandPriority;
	/** A repeated command under the same key gets the first answer and has no effect. */
	idempotency_key?: string;
	/** The channel, and whether credentials prove the actor; neither is part of the command's identity. */
	via?: Via;
	authenticated?: boolean;
}

export const commandPriorities = ["low", "normal", "high", "critical"] as const;
export type CommandPriority = (typeof commandPriorities)[number];

export interface CommandAnswer {
	plan_id: string;
	/** Of the plan, right after the command. */
	status: PlanStatus;
	command_id: string;
	/** A sentence: the effect of the command. */
	outcome: string;
	details: Record<string, unknown>;
	/** See `commandHash`. */
	command_hash: string;
}

/** Type of the failure by which a run answers a command that changes nothing; its details are the answer. */
export const COMMAND_UNCHANGED = "COMMAND_UNCHANGED";

export type OrchestratorVersion = "V1" | "V2";

export const openPlanStatuses = [
	"VALIDATING",
	"AWAITING_APPROVAL",
	"RUNNING",
	"PAUSED",
	"COMPENSATING",
] as const;
/** Plans in these use workers and brokers and go on by themselves; other open plans wait for a person or are held. */
export const workingPlanStatuses = [
	"VALIDATING",
	"RUNNING",
	"COMPENSATING",
] as const satisfies readonly (typeof openPlanStatuses)[number][];
export const finalPlanStatuses = [
	"SUCCESS",
	"PARTIAL",
	"FAILED",
	"CANCELLED",
	"INVALID",
	"REJECTED",
	"EXPIRED",
] as const;
export type PlanStatus =
	| (typeof openPlanStatuses)[number]
	| (typeof finalPlanStatuses)[number];
export type FinalPlanStatus = (typeof finalPlanStatuses)[number];

/** Whether the plan is open; false for an unknown status. */
export function isOpenStatus(status: string): boolean {
	return (openPlanStatuses as readonly string[]).includes(status);
}

/** Whether the plan has ended; false for an unknown status. */
export function isFinalStatus(status: string): boolean {
	return (finalPlanStatuses as readonly string[]).includes(status);
}

/** Type of the failure of a run whose plan policies forbade. */
export const PLAN_DENIED = "PLAN_DENIED";
/** Temporal failure types of runs that closed with nothing published: only these may be started again. */
export const closedUnpublishedTypes = [
	"PLAN_INVALID",
	"PLAN_REJECTED",
	"PLAN_EXPIRED",
	"PLAN_CANCELLED",
	"PLAN_TIMED_OUT",
	PLAN_DENIED,
] as const;
export type ClosedUnpublishedType = (typeof closedUnpublishedTypes)[number];

export type FinalDecision =
	| "approve"
	| "reject"
	| "review_required"
	| "conditional";

/** The parts of a decision that the workflow needs; votes and metrics stay on Kafka, at `source`. */
export interface DecisionSummary {
	decision_id: string;
	plan_id: string;
	intent_id: string;
	correlation_id: string | null;
	trace_id: string | null;
	span_id: string | null;
	final_decision: FinalDecision;
	requires_human_review: boolean;
	/** Unix epoch, ms. */
	created_at: number | null;
	valid_until: number | null;
	/** 0 to 1; shown to the approver. */
	aggregated_risk?: number;
	metadata: Record<string, string>;
	/** `bare-plan`: a plan came without a decision and is its own (`bareDecisionId`). */
	kind: "decision" | "bare-plan";
}

/** The coordinates of a record on Kafka. */
export interface RecordSource {
	topic: string;
	partition: number;
	offset: string;
}

/** Limits and durations frozen when a plan starts, so that a changed setting never changes a running plan. */
export interface PlanSettings {
	ticketMaxAttempts: number;
	ticketRetryBackoffMs: number;
	ticketQueueAllowanceMs: number;
	/** A worker's wait before its first retry inside an attempt, doubled for each further one; absent in plans of earlier releases, which allow for none. */
	ticketWorkerBackoffMs?: number;
	ticketMinTimeoutMs: number;
	ticketTimeoutMultiplier: number;
	planMaxDurationMs: number;
	planMaxTasks: number;
	approvalTimeoutMs: number;
	/** 0: a person is asked once. */
	approvalReminderIntervalMs: number;
	/** An approval without the plan's hash is refused; absent: it is not. */
	approvalRequiresPlanHash?: boolean;
	partitionKey: "auto" | "plan" | "ticket";
	/** How long a preempted ticket waits for its next attempt; absent: tickets are not preempted. */
	preemptionDelayMs?: number;
	/** Policies judge a plan in C1; absent in plans of earlier releases, which ask in C2 alone. */
	policyFirst?: true;
	/** Checkpoints at which a plan keeps its forecast; absent: at none. */
	slaCheckpoints?: readonly SlaCheckpointName[];
	/** Share of its time after which a deadline approaches; absent in plans of earlier releases. */
	slaWarningRatio?: number;
}

export interface PlanRunInput {
	decision: DecisionSummary;
	/** The embedded plan as parsed JSON; a string that is no JSON stays a string; null: read the ledger. */
	plan: unknown;
	/** SHA-256 (hex) of the plan's canonical JSON; null while the plan is still in the ledger. */
	plan_hash: string | null;
	orchestrator_version: OrchestratorVersion;
	/** Unix epoch, ms: the time of receipt by intake, and the record's own timestamp. */
	received_at_ms: number;
	decided_at_ms: number;
	source: RecordSource | null;
	settings: PlanSettings;
	/** What intake read with leniency (`PlanProblem`); belongs among the plan's warnings. */
	warnings?: { path: string; code: string; message: string }[];
	/** The origin of the plan; absent in plans of earlier releases. */
	origin?: PlanOrigin;
	/** Absent: the plan is not traced. */
	trace?: PlanTrace;
	/** What routing said when it started; absent in plans of earlier releases, and in reruns: they are not compared. */
	routing?: PlanRouting;
	/** What a model said of the plan's tasks when it was handed in; absent: there was none, and estimates count. */
	predictions?: RunPredictions;
	/** A stop holds the plan: it is paused before anything is published, unless a person was asked meanwhile. */
	hold?: PlanCommand;
	/** Somebody has handed the decision in on purpose: if policies denied its plan, they are asked again. */
	asks_again?: true;
	/** Where the audit trail of the plan's earlier runs ends, so that this one continues it. */
	audit_head?: AuditHead;
	/**
	 * The end of the trail in MongoDB, when Temporal has forgotten those runs: the new trail names its last
	 * record.
	 */
	former_audit_head?: AuditHead;
}

/** How long a plan's tasks will run, frozen when it starts. */
export interface RunPredictions {
	/** `name@version+correction`. */
	model: string;
	/** Whole ms; by task in the plan's order. */
	ms: [p10: number, p50: number, p90: number][];
}

/** The end of a plan's audit trail in its run. */
export interface AuditEnd {
	head: AuditHead | null;
	/** The last record that the run knows to be stored in MongoDB. */
	landed: AuditHead | null;
}

/** Memo of every plan run: it tells a redelivery from another decision for the same plan. */
export interface PlanRunMemo {
	decision_id: string;
	plan_hash: string | null;
}

export interface RecordDecisionInput {
	decision: DecisionSummary;
	plan_hash: string | null;
	received_at_ms: number;
	source: RecordSource | null;
}

export type ResultStatus = "COMPLETED" | "FAILED" | "RUNNING";

/** One report about one attempt, as a signal carries it. */
export interface TicketResult {
	/** Wire id: names the attempt. */
	ticket_id: string;
	status: ResultStatus;
	agent_id: string | null;
	actual_duration_ms: number | null;
	error_message: string | null;
	/** At most 4 KB; the whole record lies at `source`. */
	output: Record<string, string>;
	/** Worker's clock, Unix epoch, ms. */
	reported_at_ms: number | null;
	/**
	 * The time of the first receipt by intake, Unix epoch, ms; absent in signals of earlier releases and of
	 * other senders.
	 */
	received_at_ms?: number;
	/** Whether the result has waited on a retry topic. */
	retried?: true;
	source: RecordSource | null;
	/** The worker was told to give the attempt up for a more urgent ticket. */
	preempted?: true;
	/** `dead-letter`: the worker put the ticket on execution.tickets.dlq. */
	kind: "result" | "dead-letter";
}

/** The waits of a plan; `why` in every interface. */
export interface PlanWaits {
	plan_id: string;
	status: PlanStatus;
	summary: string;
	waits: PlanWait[];
	/** How many there are in all; `waits` is cut at 100. */
	total: number;
}

export interface PlanWait {
	what:
		| "approval"
		| "resume"
		| "result"
		| "retry"
		| "kafka"
		| "mongodb"
		| "ledger"
		| "compensation"
		/** No policy gives a decision. */
		| "policy"
		/** No worker has a place for a ticket. */
		| "capacity"
		/** Its workflow task fails on every worker. */
		| "workflow-task";
	ticket_id?: string;
	task_id?: string;
	since_ms: number;
	until_ms?: number;
	/** Of a workflow task: the number of tries. */
	attempts?: number;
	/** Of a workflow task: the failure's message. */
	error?: string;
	/** A sentence: what would unblock it. */
	unblocked_by: string;
}
