// Long because all that a run knows is described in one place.
import { workflowInfo } from "@temporalio/workflow";
import type { ApprovalWait } from "../src/domain/approvals.ts";
import type { AuditHead } from "../src/domain/audit-chain.ts";
import type { ConsolidatedResult } from "../src/domain/consolidate.ts";
import type {
	CommandRecord,
	DocumentWrite,
	FormerRound,
	PlanProblem,
	PlanStep,
	StepName,
	StrayResult,
	VersionFallback,
} from "../src/domain/documents.ts";
import type { Execution } from "../src/domain/execution/state.ts";
import type { PlanTerms } from "../src/domain/generate-tickets.ts";
import type { Plan } from "../src/domain/plan.ts";
import type { StatusAfter } from "../src/domain/plan-lifecycle.ts";
import type {
	PlanCommand,
	PlanRunInput,
	PlanStatus,
	TicketResult,
} from "../src/domain/plan-run.ts";
import type { FeatureFlags } from "../src/domain/policy-words.ts";
import { revisionText } from "../src/domain/revision.ts";
import type { CapacityWaits } from "../src/domain/scheduling/capacity-wait.ts";
import type { SlaTerms } from "../src/domain/sla/sla-terms.ts";
import type { PlanIdentity } from "../src/domain/wire-ticket.ts";
import { type LocalTurns, newTurns } from "./local-turns.ts";

/** The part of a run's state that is plain data and is carried from run to run as it is. */
export interface RunFacts {
	/** Start of the chain of runs, Unix epoch, ms: orders the revisions of chains under one workflow id. */
	chainStartedAtMs: number;
	/** When the plan first came, Unix epoch, ms: reruns do not change it. */
	createdAtMs: number;
	/** The number of times that the plan was opened again after C5; each time its execution begins anew. */
	round: number;
	roundStartedAtMs: number;
	/** The newest earlier rounds, with their results. */
	formerRounds?: FormerRound[];
	/** When C5 last counted the plan's tickets, 0 before; absent in plans of earlier releases. */
	ticketsCountedAtMs?: number;
	/** Counts the revisions within the chain. */
	revision: number;
	/** Moment of the newest revision, Unix epoch, ms. */
	revisedAtMs: number;
	/** Length of the histories of the chain's earlier runs together. */
	historyBefore: number;
	status: PlanStatus;
	currentStep: StepName | null;
	steps: PlanStep[];
	planHash: string | null;
	warnings: PlanProblem[];
	problems: PlanProblem[];
	policy: { c1?: string | null; c2: string | null; c3: string | null };
	/** Given by policies; absent when none decided. */
	featureFlags?: FeatureFlags;
	/** Set while policies give no decision. Times are Unix epoch, ms. */
	policyWait?: {
		sinceMs: number;
		tries: number;
		nextAtMs: number;
		reason: string;
	};
	/** Set while tickets of the plan wait for workers. */
	capacityWaits?: CapacityWaits;
	/** The newest ones. */
	commands: CommandRecord[];
	commandCount: number;
	/** The plan's document shows `SHOWN_COMMANDS` of them; absent in runs of earlier releases: all that fit. */
	showsFewCommands?: boolean;
	/** Of the code that last asked policies (workflows/patches.ts); absent before, and in runs of earlier releases. */
	patches?: readonly string[];
	/** C6 writes the plan's last documents, and the last results with them if all completed; absent before C2. */
	hasOneLastWrite?: boolean;
	/** Asked for by a command. */
	priority: PlanTerms["priority"] | null;
	/** null until a person is asked. */
	approvalWait: ApprovalWait | null;
	/** The head of the plan's audit trail; null before its first record. */
	auditHead: AuditHead | null;
	duplicate: number;
	late: number;
	unknown: number;
	stray: StrayResult[];
	errorMessage: string | null;
	publishedAt: number | null;
	finishedAt: number | null;
	/** A publication was tried, so the run closes as Completed whatever the plan's status is. */
	publishAttempted: boolean;
	/** When the plan's time limit ends; pauses move it. */
	limitAtMs: number | null;
	pausedAtMs: number | null;
	/** The status that a resume goes back to. */
	pausedFrom: StatusAfter<"resumed"> | null;
	cancel: PlanCommand | null;
	/** How long pauses that are over have held it; absent: none was. */
	heldMs?: number;
	/** The chain whose outcome is kept, or stored. */
	outcomeOf?: string;
	/** V2 failed, and the plan goes on in V1's order. */
	fallback?: VersionFallback;
	terms: PlanTerms | null;
	/** Absent before C2, and in plans of earlier releases. */
	sla?: SlaTerms;
	result: ConsolidatedResult | null;
	compensatedOriginals: number[];
	/** The incident that is to be published: its occasion, and when it arose. */
	incidentDue?: {
		occasion: "consolidation" | "compensation";
		createdAt: number;
	};
	/** Why Kafka refused incidents of this plan for good; the newest reasons. */
	incidentErrors?: string[];
	/** When intake received the newest result that moved the plan; absent before that, and from earlier releases. */
	lastReceiptAtMs?: number;
}

/** The whole state of one run of the workflow. */
export interface PlanRun {
	readonly input: PlanRunInput;
	readonly identity: PlanIdentity;
	readonly facts: RunFacts;
	plan: Plan | undefined;
	execution: Execution | undefined;
	compensation: Execution | undefined;
	/** Results that no turn of the loop has entered yet. */
	readonly inbox: TicketResult[];
	/** Length of the history when the results in the inbox came, while the plan has no tickets. */
	inboxFromHistory: number;
	/** Results that match no ticket of the plan, or none yet. */
	readonly unplaced: TicketResult[];
	/** Whole documents that wait to be written, by collection and id. */
	readonly outbox: Map<string, Omit<DocumentWrite, "revision">>;
	approval:
		| { granted: boolean; command: PlanCommand; atMs: number }
		| undefined;
	/** In runs of a former build: reruns whose workflow task Temporal has not accepted yet. */
	unacceptedCount: number;
	/** The audit head before the workflow task that last appended, with the length of history of that task. */
	auditBefore: { historyLength: number; head: AuditHead | null };
	/** Set while C1 reads the ledger. */
	ledgerSince: number | null;
	/** Set while C4 waits for Kafka. */
	publishingSince: number | null;
	/** Set while documents wait for MongoDB. */
	writingSince: number | null;
	planDirty: boolean;
	/** When results that came too early last made the document due, Unix epoch, ms. */
	earlyShownAtMs: number;
	/** Bytes of the input as JSON; null until they are counted. */
	inputBytes: number | null;
	/** Grows with every change that a waiting loop must look at. */
	version: number;
	/** How often this run has asked V2 for its order. */
	ordersAsked: number;
	readonly turns: LocalTurns;
}

/** A run whose plan has passed C1. */
export type ValidatedRun = PlanRun & { plan: Plan };

/** A run for which C2 has made the tickets. */
export type PreparedRun = ValidatedRun & {
	execution: Execution;
	facts: { terms: PlanTerms };
};

/** A run in which C5 has decided the result; after the final status a rerun can take the result back. */
export type ConcludedRun = PreparedRun & {
	facts: { result: ConsolidatedResult };
};

export function isValidated(run: PlanRun): run is ValidatedRun {
	const c1 = run.facts.steps.find(({ name }) => name === "C1");
	return c1?.status === "completed" && run.plan !== undefined;
}

/** True from the start if an earlier run of the plan has passed C2. */
export function isPrepared(run: PlanRun): run is PreparedRun {
	const { plan, execution, facts } = run;
	return plan !== undefined && execution !== undefined && facts.terms !== null;
}

export function isConcluded(run: PreparedRun): run is ConcludedRun {
	return run.facts.result !== null;
}

/** The plan's own tickets and those that undo them, as far as there are any. */
export function executionsOf({
	execution,
	compensation,
}: PlanRun): Execution[] {
	return [execution, compensation].flatMap((one) => one ?? []);
}

/** Opens the state of a run, from nothing or as the run before left it. */
export function openRun(
	input: PlanRunInput,
	facts: RunFacts | undefined,
): PlanRun {
	const { decision } = input;
	const { workflowId } = workflowInfo();
	return {
		input,
		identity: {
			plan_id: decision.plan_id,
			intent_id: decision.intent_id,
			decision_id: decision.decision_id,
			correlation_id: decision.correlation_id ?? decision.decision_id,
			trace_id: input.trace?.trace_id ?? decision.trace_id,
			span_id: input.trace?.span_id ?? decision.span_id,
			workflow_id: workflowId,
			orchestrator_version: input.orchestrator_version,
		},
		facts: facts ?? newFacts(input),
		plan: undefined,
		execution: undefined,
		compensation: undefined,
		inbox: [],
		inboxFromHistory: 0,
		unplaced: [],
		outbox: new Map(),
		approval: undefined,
		unacceptedCount: 0,
		auditBefore: { historyLength: 0, head: null },
		ledgerSince: null,
		publishingSince: null,
		writingSince: null,
		planDirty: true,
		earlyShownAtMs: 0,
		inputBytes: null,
		version: 0,
		ordersAsked: 0,
		turns: newTurns(),
	};
}

function newFacts(input: PlanRunInput): RunFacts {
	const nowMs = Date.now();
	return {
		chainStartedAtMs: nowMs,
		createdAtMs: nowMs,
		round: 0,
		roundStartedAtMs: nowMs,
		ticketsCountedAtMs: 0,
		revision: 0,
		revisedAtMs: 0,
		historyBefore: 0,
		status: "VALIDATING",
		currentStep: null,
		steps: [],
		planHash: input.plan_hash,
		warnings: [],
		problems: [],
		policy: { c2: null, c3: null },
		commands: [],
		commandCount: 0,
		priority: null,
		approvalWait: null,
		auditHead: input.audit_head ?? null,
		duplicate: 0,
		late: 0,
		unknown: 0,
		stray: [],
		errorMessage: null,
		publishedAt: null,
		finishedAt: null,
		publishAttempted: false,
		limitAtMs: null,
		pausedAtMs: null,
		pausedFrom: null,
		cancel: null,
		terms: null,
		result: null,
		compensatedOriginals: [],
	};
}

/** A pause is over. */
export function noteHeld({ facts }: PlanRun, nowMs: number): void {
	const { pausedAtMs, heldMs = 0 } = facts;
	if (pausedAtMs !== null) facts.heldMs = heldMs + nowMs - pausedAtMs;
}

/** Lets every waiting loop of the run look at the state again. */
export function notify(run: PlanRun): void {
	run.version += 1;
}

/**
 * The next revision of this plan's documents: text that sorts, newest last (protocol.md, "Who owns what"). A
 * workflow task that was lost, or dropped by a reset, is done again later and perhaps with other documents:
 * their revisions are higher than those of the lost try.
 */
export function nextRevision({ facts }: PlanRun): string {
	facts.revision += 1;
	facts.revisedAtMs = Math.max(facts.revisedAtMs, Date.now());
	const { revisedAtMs, revision } = facts;
	return revisionText(revisedAtMs, historyOfChain(facts), revision);
}

/** Events of all runs of the chain up to the workflow task at hand. */
export function historyOfChain({ historyBefore }: RunFacts): number {
	return historyBefore + workflowInfo().historyLength;
}

/** Keeps a whole document until it is stored. */
export function keepDocument(
	run: PlanRun,
	write: Omit<DocumentWrite, "revision">,
): void {
	run.outbox.set(`${write.collection}/${write._id}`, write);
}

/** Identifies this chain of runs among those under one workflow id. */
export function chainId(): string {
	const { firstExecutionRunId, workflowId } = workflowInfo();
	return `${workflowId}:${firstExecutionRunId}`;
}

/** Identifies one execution within the chain, to tell its documents and messages from those of an earlier one. */
export function roundId({ facts }: PlanRun): string {
	return facts.round === 0 ? chainId() : `${chainId()}/${facts.round}`;
}
