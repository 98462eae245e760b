import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { OrchestratorError } from "../../errors.ts";
import type { PlanReads } from "../../plans/read-plans.ts";
import { problemResponses } from "../problems.ts";
import { sayWithSource } from "../say-source.ts";
import { ticketSchema } from "./plan-schemas.ts";
import { planParamsSchema } from "./plans.ts";
import {
	ticketFilter,
	ticketPage,
	ticketPageFields,
	ticketStatusFilterSchema,
} from "./ticket-pages.ts";

export const ticketParamsSchema = Type.Object({ ticket_id: Type.String() });

const byPlanQuerySchema = Type.Object(
	{
		status: Type.Optional(ticketStatusFilterSchema),
		limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
		offset: Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 }),
	},
	{ additionalProperties: false },
);
const byPlanSchema = Type.Object({
	...ticketPageFields,
	cached: Type.Boolean(),
});

/** Reads of tickets, on the paths and with the fields of the earlier service. */
export const ticketRoutes: FastifyPluginAsyncTypebox<{
	reads: PlanReads;
}> = async (app, { reads }) => {
	app.get(
		"/tickets/:ticket_id",
		{
			// Workers read the tickets that theirs depend on.
			config: { role: "viewer", orRole: "worker" },
			schema: {
				operationId: "getTicket",
				tags: ["Tickets"],
				summary: "One ticket, by the id of any of its attempts",
				params: ticketParamsSchema,
				response: { 200: ticketSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { ticket_id } = request.params;
			const ticket = await reads.readTicket(ticket_id);
			if (ticket === undefined) throw ticketNotFound(ticket_id);
			const answer = { ...ticket.value, cached: false };
			return sayWithSource(reply, answer, ticket.source);
		},
	);

	app.get(
		"/tickets/by-plan/:plan_id",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listTicketsByPlan",
				tags: ["Tickets"],
				summary: "Tickets of a plan, newest first; none for an unknown plan",
				params: planParamsSchema,
				querystring: byPlanQuerySchema,
				response: { 200: byPlanSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { status, ...range } = request.query;
			const page = await reads.listTickets(request.params.plan_id, {
				...ticketFilter(status),
				newestFirst: true,
				...range,
			});
			const found = page?.value ?? { tickets: [], total: 0 };
			const answer = { ...ticketPage(found, range), cached: false };
			return sayWithSource(reply, answer, page?.source ?? "mongodb");
		},
	);
};

/** The error for an unknown ticket id. */
export function ticketNotFound(ticketId: string): OrchestratorError {
	return new OrchestratorError(
		"TICKET_NOT_FOUND",
		`ticket ${ticketId} not found`,
	);
}
