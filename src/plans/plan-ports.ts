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
	/** How many there are in all. */
	total: number;
}

/** What is stored of an open plan may lag behind. */
export interface StoredTicketPage extends TicketPage {
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
	/** Without the lists that only a single plan shows. */
	listPlans(
		query: PlanList & { after?: PlanCursor | undefined; limit: number },
	): Promise<PlanDocument[]>;
	/** The plan, else the newest decision about it that was only recorded. */
	readPlan(planId: string): Promise<PlanDocument | undefined>;
	/** undefined: there is no such plan. */
	listTickets(
		planId: string,
		query: TicketQuery,
	): Promise<StoredTicketPage | undefined>;
	/** By the id of any attempt: the logical ticket. */
	readTicket(ticketId: string): Promise<TicketDocument | undefined>;
}

/** The tickets of a plan as far as they are stored. */
export interface StoredGraph {
	status: PlanStatus;
	/** How many the plan has, as far as is stored. */
	tickets_generated: number;
	/** In its order. */
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
	/** Ids of open plans that could not be asked. */
	missing: string[];
}

/** The workflows themselves. Every call throws TEMPORAL_UNAVAILABLE when they cannot be asked. */
export interface RunningPlans {
	readPlan(planId: string): Promise<PlanDocument | undefined>;
	readTickets(
		planId: string,
		range?: { ids?: readonly string[]; offset?: number; limit?: number },
	): Promise<TicketDocument[] | undefined>;
	/** Some of a page's tickets, from its front, as many as one answer holds; none are left when there are none. */
	readTicketPage(
		planId: string,
		query: TicketQuery,
	): Promise<TicketPage | undefined>;
	/** What C1 says of a plan; undefined when it has not said it in time, or nobody could be asked. */
	awaitVerdict(planId: string): Promise<PlanVerdict | undefined>;
	readWhy(planId: string): Promise<PlanWaits | undefined>;
	/** Closes the plan if its run was ended from outside; true when the read model says so by now. Never throws an outage. */
	settleEnded(planId: string): Promise<boolean>;
	/** All tasks with their state, also before there are tickets. */
	readGraph(planId: string): Promise<LinkedNode[] | undefined>;
	/** All published attempts. */
	readAttempts(planId: string): Promise<TimelineAttempt[] | undefined>;
	/** At most `limit`, also those that have ended and wait for MongoDB; those whose workflows do not answer are named instead. */
	listOpenPlans(limit: number): Promise<OpenPlans>;
	/** Throws COMMAND_REFUSED or PLAN_NOT_FOUND. */
	command(
		planId: string,
		name: PlanCommandName,
		command: PlanCommand,
	): Promise<CommandAnswer>;
}

/** Intake, the same as for messages on Kafka. Throws TEMPORAL_UNAVAILABLE when it cannot start anything. */
export interface DecisionAcceptor {
	/** A decision or a bare plan as parsed JSON, and who handed it in; whatever else it is, it is refused. */
	accept(value: unknown, origin: PlanOrigin): Promise<IntakeOutcome>;
}

/** Intake without its effects. */
export interface DecisionDryRuns {
	/**
	 * What would become of a decision or a bare plan, from the bytes of its JSON: a `DryRun` as JSON.
	 * Throws REQUEST_INVALID for bytes that cannot be read, STORE_UNAVAILABLE when its plan cannot be,
	 * TOO_MANY_REHEARSALS when others wait already, REHEARSAL_LOST when the work broke off.
	 */
	dryRun(body: Uint8Array, caller: string): Promise<Uint8Array>;
}
