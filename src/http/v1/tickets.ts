import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { ticketStatuses } from "../../../schemas/execution-ticket.ts";
import type { TicketDocument } from "../../domain/documents.ts";
import { OrchestratorError } from "../../errors.ts";
import { problemResponses } from "../problems.ts";
import type { PlanReads } from "../read-plans.ts";
import {
	readSourceSchema,
	ticketInListSchema,
	ticketSchema,
} from "./plan-schemas.ts";
import { planParamsSchema } from "./plans.ts";

const ticketParamsSchema = Type.Object({ ticket_id: Type.String() });

const byPlanQuerySchema = Type.Object(
	{
		status: Type.Optional(
			Type.String({
				// Of the earlier service: in any case, and with a word no ticket has here.
				pattern: `^(?:${[...ticketStatuses, "REJECTED"].map(ignoreCase).join("|")})$`,
				description: `${ticketStatuses.join(", ")}, in any case`,
			}),
		),
		limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
		offset: Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 }),
	},
	{ additionalProperties: false },
);
const byPlanSchema = Type.Object({
	tickets: Type.Array(ticketInListSchema),
	total: Type.Integer(),
	limit: Type.Integer(),
	offset: Type.Integer(),
	has_more: Type.Boolean(),
	cached: Type.Boolean(),
	read_source: readSourceSchema,
});

/** Reads of tickets, on the paths and with the fields of the earlier service. */
export const ticketRoutes: FastifyPluginAsyncTypebox<{
	reads: PlanReads;
}> = async (app, { reads }) => {
	app.get(
		"/tickets/:ticket_id",
		{
			config: { role: "viewer" },
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
			if (ticket === undefined) {
				const text = `there is no ticket ${ticket_id}`;
				throw new OrchestratorError("TICKET_NOT_FOUND", text);
			}
			reply.header("x-read-source", ticket.source);
			return { ...ticket.value, read_source: ticket.source, cached: false };
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
			const { status, limit, offset } = request.query;
			const page = await reads.listTickets(request.params.plan_id, {
				...(status !== undefined && {
					status: status.toUpperCase() as TicketDocument["status"],
				}),
				newestFirst: true,
				offset,
				limit,
			});
			const { tickets, total } = page?.value ?? { tickets: [], total: 0 };
			const read_source = page?.source ?? "mongodb";
			reply.header("x-read-source", read_source);
			return {
				tickets,
				total,
				limit,
				offset,
				has_more: offset + tickets.length < total,
				cached: false,
				read_source,
			};
		},
	);
};

/** A pattern that matches the word in any case: JSON Schema patterns have no flags. */
function ignoreCase(word: string): string {
	return [...word]
		.map((letter) => `[${letter}${letter.toLowerCase()}]`)
		.join("");
}
