import type { Filter, Sort } from "mongodb";
import type { PlanDocument, TicketDocument } from "../domain/documents.ts";
import type {
	PlanCursor,
	PlanFilter,
	StoredPlans,
} from "../http/plan-sources.ts";
import type { Mongo, StoredDocument } from "./storage-context.ts";

const PLANS = "workflows";
const TICKETS = "execution_tickets";
const ATTEMPTS = "ticket_attempts";

/** Lists that can be long and that only a single plan shows. */
const SUMMARY = {
	_id: 0,
	problems: 0,
	warnings: 0,
	commands: 0,
	stray_results: 0,
} as const;
const NEWEST_FIRST: Sort = { created_at: -1, _id: -1 };
const IN_ORDER: Sort = { created_at: 1, order: 1, _id: 1 };

/** The read model behind REST. Reads by `_id` or by a declared index, one round trip in the common case. */
export function createPlanReader(
	mongo: Mongo,
	workflowIdOf: (planId: string) => string,
): StoredPlans {
	return {
		async listPlans({ filter, after, limit }) {
			const plans = await mongo.run(
				{ collection: PLANS, name: "list" },
				async (target) =>
					await target
						.find(planQuery(filter, after), {
							projection: SUMMARY,
							sort: NEWEST_FIRST,
							limit,
						})
						.toArray(),
			);
			return plans as unknown as PlanDocument[];
		},

		async readPlan(planId) {
			return await mongo.run(
				{ collection: PLANS, name: "read" },
				async (target) => {
					const plan =
						(await target.findOne({ _id: workflowIdOf(planId) })) ??
						(await target.findOne(
							{ plan_id: planId },
							{ sort: { kind: 1, created_at: -1 } },
						));
					return withoutId<PlanDocument>(plan);
				},
			);
		},

		async listTickets(planId, { status, newestFirst, offset, limit }) {
			const query = { plan_id: planId, ...(status && { status }) };
			const sort = newestFirst === true ? NEWEST_FIRST : IN_ORDER;
			return await mongo.run(
				{ collection: TICKETS, name: "list" },
				async (target) => {
					const [tickets, total] = await Promise.all([
						target
							.find(query, {
								projection: { _id: 0 },
								sort,
								skip: offset,
								limit,
							})
							.toArray(),
						target.countDocuments(query),
					]);
					return { tickets: tickets as unknown as TicketDocument[], total };
				},
			);
		},

		async readTicket(ticketId) {
			const ticket = await readTicketById(mongo, ticketId);
			if (ticket !== undefined) return ticket;
			const attempt = await mongo.run(
				{ collection: ATTEMPTS, name: "read" },
				async (target) =>
					await target.findOne(
						{ _id: ticketId },
						{ projection: { logical_ticket_id: 1 } },
					),
			);
			return attempt === null
				? undefined
				: await readTicketById(mongo, String(attempt.logical_ticket_id));
		},
	};
}

async function readTicketById(
	mongo: Mongo,
	ticketId: string,
): Promise<TicketDocument | undefined> {
	const ticket = await mongo.run(
		{ collection: TICKETS, name: "read" },
		async (target) => await target.findOne({ _id: ticketId }),
	);
	return withoutId<TicketDocument>(ticket);
}

function planQuery(
	filter: PlanFilter,
	after: PlanCursor | undefined,
): Filter<StoredDocument> {
	if (after === undefined) return filter;
	const { created_at, workflow_id } = after;
	return {
		...filter,
		// The first bound is the one an index can use.
		created_at: { $lte: created_at },
		$or: [{ created_at: { $lt: created_at } }, { _id: { $lt: workflow_id } }],
	};
}

function withoutId<T>(document: StoredDocument | null): T | undefined {
	if (document === null) return undefined;
	const { _id, ...rest } = document;
	return rest as unknown as T;
}
