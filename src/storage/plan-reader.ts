import type { PlanDocument, TicketDocument } from "../domain/documents.ts";
import type { StoredPlans, StoredTicketPage } from "../plans/plan-ports.ts";
import { fromBson } from "./bson-values.ts";
import { planListQuery } from "./plan-list-query.ts";
import {
	ATTEMPTS,
	lookup,
	NEWEST_FIRST,
	PLAN_BEFORE_DECISIONS,
	PLANS,
	TICKETS,
	TICKETS_IN_ORDER,
} from "./plan-queries.ts";
import type { Mongo, StoredDocument } from "./storage-context.ts";

/** Long lists, which only the read of a single plan returns. */
const SUMMARY = {
	_id: 0,
	problems: 0,
	warnings: 0,
	commands: 0,
	stray_results: 0,
	former_rounds: 0,
	sla: 0,
} as const;
/**
 * The read model behind REST. Each call is one round trip, by `_id` or by one declared index a
 * collection; only the id of a later attempt takes a second one.
 */
export function createPlanReader(mongo: Mongo): StoredPlans {
	return {
		async listPlans({ after, limit, ...list }) {
			const { filter, sort } = planListQuery(list, after);
			const plans = await mongo.run(
				{ collection: PLANS, name: "list" },
				async (target) =>
					await target
						.find(filter, { projection: SUMMARY, sort, limit })
						.toArray(),
			);
			return plans as unknown as PlanDocument[];
		},

		async readPlan(planId) {
			const plan = await mongo.run(
				{ collection: PLANS, name: "read" },
				async (target) =>
					await target.findOne(
						{ plan_id: planId },
						{ sort: PLAN_BEFORE_DECISIONS },
					),
			);
			return withoutId<PlanDocument>(plan);
		},

		async listTickets(planId, { status, newestFirst, offset, limit }) {
			const match = { plan_id: planId, ...(status && { status }) };
			const sort = newestFirst === true ? NEWEST_FIRST : TICKETS_IN_ORDER;
			// Begins with the plan, so that one round trip also tells whether the plan exists.
			const [page] = await mongo.run(
				{ collection: PLANS, name: "list_tickets" },
				async (target) =>
					await target
						.aggregate<StoredTicketPage>([
							{ $match: { plan_id: planId } },
							{ $sort: PLAN_BEFORE_DECISIONS },
							{ $limit: 1 },
							{ $project: { _id: 0, plan_status: "$status" } },
							lookup(TICKETS, "tickets", [
								{ $match: match },
								{ $sort: sort },
								{ $skip: offset },
								{ $limit: limit },
								{ $project: { _id: 0 } },
							]),
							lookup(TICKETS, "total", [
								{ $match: match },
								{ $count: "count" },
							]),
						])
						.toArray(),
			);
			return (
				page && {
					...page,
					tickets: page.tickets.map(withParameters),
					total: countIn(page.total),
				}
			);
		},

		async readTicket(ticketId) {
			const ticket = await readTicketById(mongo, ticketId);
			if (ticket !== undefined) return ticket;
			// Not the id of a ticket: it may be the id of a later attempt.
			const [found] = await mongo.run(
				{ collection: ATTEMPTS, name: "read_ticket" },
				async (target) =>
					await target
						.aggregate<{ tickets: StoredDocument[] }>([
							{ $match: { _id: ticketId } },
							{
								$lookup: {
									from: TICKETS,
									localField: "logical_ticket_id",
									foreignField: "_id",
									as: "tickets",
								},
							},
						])
						.toArray(),
			);
			return readableTicket(found?.tickets[0] ?? null);
		},
	};
}

function readableTicket(
	stored: StoredDocument | null,
): TicketDocument | undefined {
	const ticket = withoutId<TicketDocument>(stored);
	return ticket && withParameters(ticket);
}

/** No other field of a ticket has numbers that JavaScript cannot hold. */
function withParameters(ticket: TicketDocument): TicketDocument {
	const parameters = fromBson(ticket.parameters);
	return { ...ticket, parameters: parameters as TicketDocument["parameters"] };
}

async function readTicketById(
	mongo: Mongo,
	ticketId: string,
): Promise<TicketDocument | undefined> {
	const ticket = await mongo.run(
		{ collection: TICKETS, name: "read" },
		async (target) => await target.findOne({ _id: ticketId }),
	);
	return readableTicket(ticket);
}

/** `$count` returns no document when there is nothing to count. */
function countIn(counted: unknown): number {
	const [first] = counted as [{ count: number }?];
	return first?.count ?? 0;
}

function withoutId<T>(document: StoredDocument | null): T | undefined {
	if (document === null) return undefined;
	const { _id, ...rest } = document;
	return rest as unknown as T;
}
