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
import { revisionText } from "../src/domain/revision.ts";
import type { PlanIdentity } from "../src/domain/wire-ticket.ts";

/** The part of a run's state that is plain data and goes from one run to the next as it is. */
export interface RunFacts {
	/** Start of the chain of runs, Unix epoch, ms: orders the revisions of chains under one workflow id. */
	chainStartedAtMs: number;
	/** When the plan first came, Unix epoch, ms: reruns do not change it. */
	createdAtMs: number;
	/** Counts how often the plan was opened again after C5; its execution then begins anew. */
	round: number;
	roundStartedAtMs: number;
	/** How the newest earlier rounds went. */
	formerRounds?: FormerRound[];
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
	policy: { c2: string | null; c3: string | null };
	/** The newest ones. */
	commands: CommandRecord[];
	commandCount: number;
	/** Asked for by a command. */
	priority: PlanTerms["priority"] | null;
	/** null until a person is asked. */
	approvalWait: ApprovalWait | null;
	/** Where the plan's audit trail ends; null before its first record. */
	auditHead: AuditHead | null;
	duplicate: number;
	late: number;
	unknown: number;
	stray: StrayResult[];
	errorMessage: string | null;
	publishedAt: number | null;
	finishedAt: number | null;
	/** A publication was tried, so the run closes as Completed whatever became of the plan. */
	publishAttempted: boolean;
	/** When the plan's time is up; moves with pauses. */
	limitAtMs: number | null;
	pausedAtMs: number | null;
	/** What the run goes back to on resume. */
	pausedFrom: StatusAfter<"resumed"> | null;
	cancel: PlanCommand | null;
	terms: PlanTerms | null;
	result: ConsolidatedResult | null;
	compensatedOriginals: number[];
	/** An incident that is to be published: at which occasion, and when it arose. */
	incidentDue?: {
		occasion: "consolidation" | "compensation";
		createdAt: number;
	};
	/** Why Kafka will never take incidents of this plan; the newest ones. */
	incidentErrors?: string[];
	/** When intake received the newest result that moved the plan; absent without one, and from earlier releases. */
	lastReceiptAtMs?: number;
}

/** Everything one run of the workflow holds. */
export interface PlanRun {
	readonly input: PlanRunInput;
	readonly identity: PlanIdentity;
	readonly facts: RunFacts;
	plan: Plan | undefined;
	execution: Execution | undefined;
	compensation: Execution | undefined;
	/** Results that no turn of the loop has seen. */
	readonly inbox: TicketResult[];
	/** Length of the history with which they came, while the plan has no tickets. */
	inboxFromHistory: number;
	/** Results whose tickets the books do not know, or do not know yet. */
	readonly unplaced: TicketResult[];
	/** Whole documents that wait to be written, by collection and id. */
	readonly outbox: Map<string, Omit<DocumentWrite, "revision">>;
	approval:
		| { granted: boolean; command: PlanCommand; atMs: number }
		| undefined;
	/** Of runs of a former build: reruns whose workflow task Temporal has not accepted yet. */
	unacceptedCount: number;
	/** End of the audit trail before the workflow task that last added to it, by its length of history. */
	auditBefore: { historyLength: number; head: AuditHead | null };
	/** Set while C1 reads the ledger. */
	ledgerSince: number | null;
	/** Set while C4 waits for Kafka. */
	publishingSince: number | null;
	/** Set while documents wait for MongoDB. */
	writingSince: number | null;
	planDirty: boolean;
	/** When the document last became due for results that came too early, Unix epoch, ms. */
	earlyShownAtMs: number;
	/** Of the input as JSON, once somebody has counted. */
	inputBytes: number | null;
	/** Changes whenever something happened that a waiting loop must look at. */
	pulse: number;
}

/** A run whose plan has passed C1. */
export type ValidatedRun = PlanRun & { plan: Plan };

/** A run for which C2 has made the tickets. */
export type PreparedRun = ValidatedRun & {
	execution: Execution;
	facts: { terms: PlanTerms };
};

/** A run in which C5 has decided what became of the plan; a rerun can undo that once the status is final. */
export type ConcludedRun = PreparedRun & {
	facts: { result: ConsolidatedResult };
};

export function isValidated(run: PlanRun): run is ValidatedRun {
	const c1 = run.facts.steps.find(({ name }) => name === "C1");
	return c1?.status === "completed" && run.plan !== undefined;
}

/** True from the start when a run before, or the one that is run again, has passed C2. */
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
			trace_id: decision.trace_id,
			span_id: decision.span_id,
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
		pulse: 0,
	};
}

function newFacts(input: PlanRunInput): RunFacts {
	const nowMs = Date.now();
	return {
		chainStartedAtMs: nowMs,
		createdAtMs: nowMs,
		round: 0,
		roundStartedAtMs: nowMs,
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

/** Wakes every loop that waits for something to happen. */
export function wake(run: PlanRun): void {
	run.pulse += 1;
}

/**
 * The next revision of this plan's documents: text that sorts, newest last (protocol.md, "Who owns
 * what"). A workflow task whose answer was lost, or that a reset has dropped, is done again later and
 * perhaps with other documents: those stand above what the lost try has written.
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

/** Puts a whole document in line; it leaves the line only when it has landed. */
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

/** Identifies one execution within the chain: what it says must not pass for what an earlier one said. */
export function roundId({ facts }: PlanRun): string {
	return facts.round === 0 ? chainId() : `${chainId()}/${facts.round}`;
}
