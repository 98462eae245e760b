import type { PlanDocument, TicketDocument } from "../domain/documents.ts";
import type { IntakeOutcome } from "../domain/intake-outcome.ts";
import type { PlanOrigin } from "../domain/origin.ts";
import type { LinkedNode, StoredNode } from "../domain/plan-graph.ts";
import type { PlanCursor, PlanList } from "../domain/plan-list.ts";
import type {
	CommandAnswer,
	PlanCommand,
	PlanCommandName,
	PlanStatus,
	PlanWaits,
} from "../domain/plan-run.ts";
import type { PlanVerdict } from "../domain/plan-verdict.ts";
import type { PlanHistory, TimelineAttempt } from "../domain/timeline-event.ts";

export interface TicketPage {
	tickets: TicketDocument[];
	/** The number of all tickets that match, on whatever page. */
	total: number;
}

export interface StoredTicketPage extends TicketPage {
	/** As stored: the first tickets of an open plan may not be stored yet. */
	plan_status: PlanStatus;
}

export interface TicketQuery {
	status?: TicketDocument["status"];
	/** Default: in the plan's order. */
	newestFirst?: boolean;
	offset: number;
	limit: number;
}

/** The read model. Every call throws STORE_UNAVAILABLE when it cannot be asked. */
export interface StoredPlans {
	/** Plans without their lists (commands, problems, steps), which only `readPlan` has. */
	listPlans(
		query: PlanList & { after?: PlanCursor | undefined; limit: number },
	): Promise<PlanDocument[]>;
	/** The plan; else the newest decision about it that started nothing. */
	readPlan(planId: string): Promise<PlanDocument | undefined>;
	/** undefined: there is no such plan. */
	listTickets(
		planId: string,
		query: TicketQuery,
	): Promise<StoredTicketPage | undefined>;
	/** By the id of any attempt: the logical ticket. */
	readTicket(ticketId: string): Promise<TicketDocument | undefined>;
}

/** The tickets of a plan that are stored so far. */
export interface StoredGraph {
	status: PlanStatus;
	/** The number of the plan's tickets, as its stored document says. */
	tickets_generated: number;
	/** In the plan's order. */
	tickets: StoredNode[];
}

/** The read model's account of a plan's course. Every call throws STORE_UNAVAILABLE when it cannot be asked. */
export interface StoredHistories {
	/** undefined: there is no such plan. */
	readGraph(planId: string): Promise<StoredGraph | undefined>;
	/** undefined: there is no such plan. */
	readHistory(planId: string): Promise<PlanHistory | undefined>;
}

export interface OpenPlans {
	plans: PlanDocument[];
	/** Ids of open plans whose workflows did not answer. */
	missing: string[];
}

/**
 * The workflows themselves. Every call throws TEMPORAL_UNAVAILABLE when they cannot be asked, except
 * `awaitVerdict` and `settleEnded`. `command` and the reads of one plan, except `readWhy`, throw PLAN_STUCK
 * when the plan cannot answer because its workflow task fails again and again.
 */
export interface RunningPlans {
	readPlan(planId: string): Promise<PlanDocument | undefined>;
	readTickets(
		planId: string,
		range?: { ids?: readonly string[]; offset?: number; limit?: number },
	): Promise<TicketDocument[] | undefined>;
	/**
	 * The first tickets of a page, as many as one answer of a workflow can hold; an empty list means that the
	 * page has ended.
	 */
	readTicketPage(
		planId: string,
		query: TicketQuery,
	): Promise<TicketPage | undefined>;
	/** The verdict of C1; undefined when it took too long or Temporal could not be asked. */
	awaitVerdict(planId: string): Promise<PlanVerdict | undefined>;
	/** Also of a plan that cannot answer: the failing workflow task is what it waits for then. */
	readWhy(planId: string): Promise<PlanWaits | undefined>;
	/**
	 * Closes the plan if its run was ended from outside; true when the read model shows the plan as closed.
	 * Never throws because of an outage.
	 */
	settleEnded(planId: string): Promise<boolean>;
	/** All tasks with their state, also before there are tickets. */
	readGraph(planId: string): Promise<LinkedNode[] | undefined>;
	/** All published attempts. */
	readAttempts(planId: string): Promise<TimelineAttempt[] | undefined>;
	/**
	 * At most `limit` plans, including ended ones that still wait for MongoDB; a plan whose workflow does not
	 * answer is named in `missing`.
	 */
	listOpenPlans(limit: number): Promise<OpenPlans>;
	/**
	 * Safe to repeat with the same idempotency key. Throws COMMAND_REFUSED, PLAN_NOT_FOUND, PLAN_STUCK,
	 * IDEMPOTENCY_KEY_REUSED when the key belongs to another command, and COMMANDS_EXHAUSTED when a limit of
	 * the run is reached.
	 */
	command(
		planId: string,
		name: PlanCommandName,
		command: PlanCommand,
	): Promise<CommandAnswer>;
}

/**
 * Accepts decisions by REST with the code that accepts those on Kafka. Throws TEMPORAL_UNAVAILABLE when it
 * cannot start anything.
 */
export interface DecisionAcceptor {
	/** Takes a decision or a bare plan as parsed JSON, and who submitted it and how; refuses any other value. */
	accept(value: unknown, origin: PlanOrigin): Promise<IntakeOutcome>;
}

/** Dry runs: intake without effects. */
export interface DecisionDryRuns {
	/**
	 * Takes the JSON bytes of a decision or a bare plan and returns a `DryRun` as JSON. Throws REQUEST_INVALID
	 * for bytes that cannot be read, STORE_UNAVAILABLE when the ledger cannot be read, TOO_MANY_REHEARSALS when
	 * too many dry runs wait, REHEARSAL_LOST when the thread ended.
	 */
	dryRun(body: Uint8Array, caller: string): Promise<Uint8Array>;
}
