import type { PlanDocument, TicketDocument } from "../domain/documents.ts";
import type { IntakeOutcome } from "../domain/intake-outcome.ts";
import type {
	CommandAnswer,
	PlanCommand,
	PlanCommandName,
	PlanStatus,
	PlanWaits,
} from "../domain/plan-run.ts";

export interface PlanFilter {
	status?: PlanStatus;
	orchestrator_version?: "V1" | "V2";
	risk_band?: string;
}

/** Where a page of plans begins: after this one, newest first. */
export interface PlanCursor {
	created_at: number;
	workflow_id: string;
}

export interface TicketPage {
	tickets: TicketDocument[];
	/** How many there are in all. */
	total: number;
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
	/** Newest first, without the lists that only a single plan shows. */
	listPlans(query: {
		filter: PlanFilter;
		after?: PlanCursor | undefined;
		limit: number;
	}): Promise<PlanDocument[]>;
	/** The plan, else the newest decision about it that was only recorded. */
	readPlan(planId: string): Promise<PlanDocument | undefined>;
	listTickets(planId: string, query: TicketQuery): Promise<TicketPage>;
	/** By the id of any attempt: the logical ticket. */
	readTicket(ticketId: string): Promise<TicketDocument | undefined>;
}

/** The workflows themselves. Every call throws TEMPORAL_UNAVAILABLE when they cannot be asked. */
export interface RunningPlans {
	readPlan(planId: string): Promise<PlanDocument | undefined>;
	readTickets(
		planId: string,
		range?: { ids?: readonly string[]; offset?: number; limit?: number },
	): Promise<TicketDocument[] | undefined>;
	readWhy(planId: string): Promise<PlanWaits | undefined>;
	listOpenPlans(limit: number): Promise<PlanDocument[]>;
	/** Throws COMMAND_REFUSED or PLAN_NOT_FOUND. */
	command(
		planId: string,
		name: PlanCommandName,
		command: PlanCommand,
	): Promise<CommandAnswer>;
}

/** From a wire id to its plan; never throws. */
export interface TicketPlaces {
	resolve(ids: readonly string[]): Promise<Map<string, string>>;
}

/** Intake, the same as for messages on Kafka. Throws TEMPORAL_UNAVAILABLE when it cannot start anything. */
export interface DecisionAcceptor {
	/** A decision or a bare plan as parsed JSON; whatever else it is, it is refused. */
	accept(value: unknown): Promise<IntakeOutcome>;
}
