import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { withEstimate } from "../../domain/prediction/estimate.ts";
import { TOKEN_HEADER } from "../../domain/record-headers.ts";
import type { RunningPlans } from "../../plans/plan-ports.ts";
import type { PlanReads } from "../../plans/read-plans.ts";
import type { ResultReports } from "../../plans/workflow-ports.ts";
import { giveReport } from "../give-report.ts";
import { problemResponses } from "../problems.ts";
import { sayWithSource } from "../say-source.ts";
import { ticketSchema } from "./plan-schemas.ts";
import { ticketNotFound, ticketParamsSchema } from "./tickets.ts";

export interface TicketReportDeps {
	results: ResultReports;
	reads: Pick<PlanReads, "readTicket">;
	running: Pick<RunningPlans, "readTickets">;
}

const orNull = { additionalProperties: true } as const;
const text = (maxLength: number, description: string) =>
	Type.Optional(
		Type.Union([Type.String({ maxLength, description }), Type.Null()]),
	);

/** The fields of a report; other fields are ignored. */
export const reportFields = {
	ticket_id: Type.String({
		maxLength: 200,
		description: "Of the attempt, as its ticket on Kafka has it",
	}),
	result: Type.Unsafe<Record<string, unknown>>(
		Type.Object(
			{},
			{
				...orNull,
				description:
					"`output`: a map of text; `metadata.ticket_token`: the ticket's token, where tickets have one",
			},
		),
	),
};
export const tokenHeadersSchema = Type.Object({
	[TOKEN_HEADER]: Type.Optional(
		Type.String({
			maxLength: 8_000,
			description:
				"The ticket's token, if the body does not echo it: its metadata.ticket_token, or its header ticket-token",
		}),
	),
});
const bodySchema = Type.Object(
	{
		status: Type.String({
			maxLength: 200,
			description:
				"RUNNING, COMPLETED or FAILED, in the words of workers too (`TIMEOUT`, `CANCELLED`, `PREEMPTED`), in any case; PENDING has no effect",
		}),
		error_message: text(100_000, "Why it failed; kept up to 1,000 characters"),
		actual_duration_ms: Type.Optional(Type.Union([Type.Number(), Type.Null()])),
		agent_id: text(200, "Who works on it"),
		result: Type.Optional(reportFields.result),
	},
	orNull,
);

/** The status word for a ticket without a worker. */
const PENDING = /^\s*pending\s*$/i;

/** `PATCH /tickets/:ticket_id/status`: workers report on their tickets by HTTP. */
export const ticketReportRoute: FastifyPluginAsyncTypebox<
	TicketReportDeps
> = async (app, { results, reads, running }) => {
	app.patch(
		"/tickets/:ticket_id/status",
		{
			config: { role: "worker" },
			schema: {
				operationId: "reportTicketStatus",
				tags: ["Tickets"],
				summary: "What became of an attempt, as a result on Kafka says it",
				description:
					"Taken under the rules of execution.results: the same again is a duplicate and has no effect, and a plan that has ended takes nothing else. The answer is the ticket as its plan knows it then.",
				params: ticketParamsSchema,
				headers: tokenHeadersSchema,
				body: bodySchema,
				response: { 200: ticketSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { ticket_id } = request.params;
			const value = { ...request.body, ticket_id };
			const planId = PENDING.test(request.body.status)
				? undefined
				: await giveReport(results, {
						value,
						token: request.headers[TOKEN_HEADER],
						path: "$.body",
					});
			const [told] =
				planId === undefined
					? []
					: ((await running.readTickets(planId, { ids: [ticket_id] })) ?? []);
			if (told !== undefined) {
				const answer = { ...withEstimate(told), cached: false };
				return sayWithSource(reply, answer, "workflow");
			}
			const ticket = await reads.readTicket(ticket_id);
			if (ticket === undefined) throw ticketNotFound(ticket_id);
			const answer = { ...ticket.value, cached: false };
			return sayWithSource(reply, answer, ticket.source);
		},
	);
};
