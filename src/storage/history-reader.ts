import type {
	AttemptDocument,
	PlanDocument,
	TicketDocument,
} from "../domain/documents.ts";
import type {
	TimelineAttempt,
	TimelineTicket,
} from "../domain/timeline-event.ts";
import type { StoredGraph, StoredHistories } from "../plans/plan-ports.ts";
import {
	ATTEMPTS,
	lookup,
	PLAN_BEFORE_DECISIONS,
	PLANS,
	TICKETS,
	TICKETS_IN_ORDER,
} from "./plan-queries.ts";
import type { Mongo } from "./storage-context.ts";

type Shown<T> = { [K in keyof T]?: 0 | 1 };

const NODE_FIELDS: Shown<TicketDocument & { _id: string }> = {
	_id: 0,
	ticket_id: 1,
	task_id: 1,
	task_type: 1,
	status: 1,
	outcome: 1,
	attempt: 1,
	generation: 1,
	dependencies: 1,
	estimated_duration_ms: 1,
	actual_duration_ms: 1,
	published_at: 1,
	started_at: 1,
	finished_at: 1,
	agent_id: 1,
	error_message: 1,
	compensates: 1,
	superseded_by: 1,
};
const TICKET_FIELDS: Shown<TicketDocument & { _id: string }> = {
	_id: 0,
	ticket_id: 1,
	task_id: 1,
	task_type: 1,
	generation: 1,
	order: 1,
	dependencies: 1,
	outcome: 1,
	attempt: 1,
	created_at: 1,
	started_at: 1,
	completed_at: 1,
	finished_at: 1,
	agent_id: 1,
	error_message: 1,
	compensates: 1,
};
const ATTEMPT_FIELDS: Shown<AttemptDocument & { _id: string }> = {
	_id: 0,
	ticket_id: 1,
	logical_ticket_id: 1,
	task_id: 1,
	attempt: 1,
	generation: 1,
	published_at: 1,
	finished_at: 1,
	actual_duration_ms: 1,
	outcome: 1,
	agent_id: 1,
	error_message: 1,
	result_source: 1,
};

/** Graphs and histories of plans from the read model. Each call is one round trip, by declared indexes. */
export function createHistoryReader(mongo: Mongo): StoredHistories {
	return {
		async readGraph(planId) {
			const match = { $match: { plan_id: planId } };
			const [graph] = await mongo.run(
				{ collection: PLANS, name: "read_graph" },
				async (target) =>
					await target
						.aggregate<StoredGraph>([
							match,
							{ $sort: PLAN_BEFORE_DECISIONS },
							{ $limit: 1 },
							{ $project: { _id: 0, status: 1, tickets_generated: 1 } },
							lookup(TICKETS, "tickets", [
								match,
								{ $sort: TICKETS_IN_ORDER },
								{ $project: NODE_FIELDS },
							]),
						])
						.toArray(),
			);
			return graph;
		},

		async readHistory(planId) {
			const match = { $match: { plan_id: planId } };
			const [found] = await mongo.run(
				{ collection: PLANS, name: "read_history" },
				async (target) =>
					await target
						.aggregate<PlanDocument & { _id: string } & Courses>([
							match,
							{ $sort: PLAN_BEFORE_DECISIONS },
							{ $limit: 1 },
							{ $project: { problems: 0, warnings: 0, stray_results: 0 } },
							lookup(TICKETS, "tickets", [
								match,
								{ $sort: TICKETS_IN_ORDER },
								{ $project: TICKET_FIELDS },
							]),
							lookup(ATTEMPTS, "attempts", [
								match,
								{ $sort: { published_at: 1, _id: 1 } },
								{ $project: ATTEMPT_FIELDS },
							]),
						])
						.toArray(),
			);
			if (found === undefined) return undefined;
			const { _id, tickets, attempts, ...plan } = found;
			return { plan: plan as PlanDocument, tickets, attempts };
		},
	};
}

interface Courses {
	tickets: TimelineTicket[];
	attempts: TimelineAttempt[];
}
