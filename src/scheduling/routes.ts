import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { allocationMethods } from "../domain/documents.ts";
import { lossReasons } from "../domain/scheduling/eligibility.ts";
import { decidingTerms } from "../domain/scheduling/explain-choice.ts";
import { OrchestratorError } from "../errors.ts";
import { nullable } from "../http/field-schemas.ts";
import { predictionSchema, queueFields } from "../http/prediction-schema.ts";
import { problemResponses } from "../http/problems.ts";
import {
	ALLOCATION_DAYS,
	type AllocationReader,
	type AllocationRecord,
} from "./explanations.ts";

const reasonSchema = Type.Enum([...lossReasons]);

const allocationSchema = Type.Unsafe<AllocationRecord>(
	Type.Object({
		ticket_id: Type.String({ description: "Wire id of the attempt" }),
		logical_ticket_id: Type.String(),
		plan_id: Type.String(),
		task_id: Type.String(),
		attempt: Type.Integer(),
		allocated_at: Type.Integer({ description: "Unix epoch, ms" }),
		agent_id: nullable(Type.String()),
		allocation_method: Type.Enum([...allocationMethods]),
		priority_score: Type.Number(),
		workers_evaluated: Type.Integer({
			description: "Workers that were known",
		}),
		agent_score: Type.Optional(Type.Number()),
		composite_score: Type.Optional(Type.Number()),
		deciding_term: Type.Optional(Type.Enum([...decidingTerms])),
		overflow: Type.Optional(
			Type.Boolean({
				description: "All places of all workers that fit were taken",
			}),
		),
		...queueFields,
		predictions: Type.Optional(predictionSchema),
		candidates: nullable(
			Type.Integer({
				description: "Workers that fit; null when none was chosen by score",
			}),
		),
		best: Type.Array(
			Type.Object({
				agent_id: Type.String(),
				agent_score: Type.Number(),
				composite_score: Type.Number(),
				room: Type.Optional(
					Type.Number({
						description:
							"What its queue and its speed leave of the score; absent in older records",
					}),
				),
				...queueFields,
				predicted_ms: Type.Optional(
					Type.Integer({ description: "How long this worker will take, ms" }),
				),
				traces: Type.Optional(
					Type.Number({
						description:
							"What outcomes of such tickets say of the worker, 0 to 1; absent: traces are off, or Redis was away",
					}),
				),
			}),
			{ description: "The best three" },
		),
		losses: Type.Partial(Type.Record(reasonSchema, Type.Integer()), {
			description: "How many others lost, by reason",
		}),
		lost: Type.Array(
			Type.Object({ agent_id: Type.String(), reason: reasonSchema }),
			{ description: "Some of them" },
		),
		reserved_in: nullable(
			Type.Enum(["shared", "local"], {
				description:
					"Who knows that the ticket has a place: all processes, or one because Redis was away; null: it has none",
			}),
		),
		view: Type.Object(
			{
				source: Type.Enum(["registry", "last-known", "none"]),
				age_ms: Type.Integer(),
			},
			{ description: "Where the workers were known from" },
		),
	}),
);

/** Why a ticket went to its worker. */
export const allocationRoutes: FastifyPluginAsyncTypebox<{
	allocations: AllocationReader;
}> = async (app, { allocations }) => {
	app.get(
		"/tickets/:ticket_id/allocation",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getTicketAllocation",
				tags: ["Tickets"],
				summary: "Why a ticket went to its worker, by the id of any attempt",
				description: `The newest allocation; kept for ${ALLOCATION_DAYS} days.`,
				params: Type.Object({ ticket_id: Type.String() }),
				response: { 200: allocationSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { ticket_id } = request.params;
			const allocation = await allocations.readAllocation(ticket_id);
			if (allocation === undefined)
				throw new OrchestratorError(
					"TICKET_NOT_FOUND",
					`allocation of ticket ${ticket_id} not found: it was not published yet, or more than ${ALLOCATION_DAYS} days ago`,
				);
			return allocation;
		},
	);
};
