import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { riskBands } from "../../../schemas/cognitive-plan.ts";
import type { PlanDocument } from "../../domain/documents.ts";
import type { PlanWaits } from "../../domain/plan-run.ts";
import { OrchestratorError } from "../../errors.ts";
import type { RunningPlans } from "../plan-sources.ts";
import { problemResponses } from "../problems.ts";
import type { PlanReads } from "../read-plans.ts";
import { decodeCursor, encodeCursor } from "./plan-cursor.ts";
import {
	planSchema,
	planStatusSchema,
	planSummarySchema,
	planWaitsSchema,
	readSourceSchema,
	ticketInListSchema,
	versionSchema,
} from "./plan-schemas.ts";

export interface PlanRoutesDeps {
	reads: PlanReads;
	running: Pick<RunningPlans, "readWhy">;
}

export const planParamsSchema = Type.Object({ plan_id: Type.String() });

const listQuerySchema = Type.Object(
	{
		status: Type.Optional(planStatusSchema),
		orchestrator_version: Type.Optional(versionSchema),
		risk_band: Type.Optional(Type.Enum([...riskBands])),
		limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
		cursor: Type.Optional(
			Type.String({
				maxLength: 2_000,
				description: "`next_cursor` of the page before",
			}),
		),
	},
	{ additionalProperties: false },
);
const listSchema = Type.Object({
	plans: Type.Array(planSummarySchema),
	next_cursor: Type.Union([Type.String(), Type.Null()]),
	read_source: readSourceSchema,
});

const ticketsQuerySchema = Type.Object(
	{
		offset: Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 }),
		limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
	},
	{ additionalProperties: false },
);
const ticketsSchema = Type.Object({
	tickets: Type.Array(ticketInListSchema),
	total: Type.Integer(),
	limit: Type.Integer(),
	offset: Type.Integer(),
	has_more: Type.Boolean(),
	read_source: readSourceSchema,
});

/** Reads of plans. */
export const planRoutes: FastifyPluginAsyncTypebox<PlanRoutesDeps> = async (
	app,
	{ reads, running },
) => {
	app.get(
		"/plans",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listPlans",
				tags: ["Plans"],
				summary: "Plans, newest first",
				querystring: listQuerySchema,
				response: { 200: listSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { limit, cursor, ...filter } = request.query;
			const after = cursor === undefined ? undefined : decodeCursor(cursor);
			// One more than asked for tells whether there is a next page.
			const query = { filter, after, limit: limit + 1 };
			const { value, source } = await reads.listPlans(query);
			const plans = value.slice(0, limit);
			const last = value.length > limit ? plans.at(-1) : undefined;
			const isPaged = last !== undefined && source === "mongodb";
			reply.header("x-read-source", source);
			return {
				plans,
				next_cursor: isPaged ? encodeCursor(last) : null,
				read_source: source,
			};
		},
	);

	app.get(
		"/plans/:plan_id",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getPlan",
				tags: ["Plans"],
				summary: "One plan",
				params: planParamsSchema,
				response: { 200: planSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { plan_id } = request.params;
			const plan = await reads.readPlan(plan_id);
			if (plan === undefined) throw planNotFound(plan_id);
			reply.header("x-read-source", plan.source);
			return { ...plan.value, read_source: plan.source };
		},
	);

	app.get(
		"/plans/:plan_id/tickets",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listPlanTickets",
				tags: ["Plans"],
				summary: "Tickets of a plan, in its order",
				params: planParamsSchema,
				querystring: ticketsQuerySchema,
				response: { 200: ticketsSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { plan_id } = request.params;
			const { offset, limit } = request.query;
			const page = await reads.listTickets(plan_id, { offset, limit });
			if (page === undefined) throw planNotFound(plan_id);
			const { tickets, total } = page.value;
			reply.header("x-read-source", page.source);
			return {
				tickets,
				total,
				limit,
				offset,
				has_more: offset + tickets.length < total,
				read_source: page.source,
			};
		},
	);

	app.get(
		"/plans/:plan_id/why",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "explainPlan",
				tags: ["Plans"],
				summary: "What a plan waits for, since when, what would unblock it",
				params: planParamsSchema,
				response: { 200: planWaitsSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { plan_id } = request.params;
			const waits = await running.readWhy(plan_id);
			if (waits !== undefined) return waits;
			const plan = await reads.readPlan(plan_id);
			if (plan === undefined) throw planNotFound(plan_id);
			return waitsOfEnded(plan.value);
		},
	);
};

function planNotFound(planId: string): OrchestratorError {
	return new OrchestratorError("PLAN_NOT_FOUND", `there is no plan ${planId}`);
}

/** For a plan whose run Temporal no longer keeps. */
function waitsOfEnded({ plan_id, status }: PlanDocument): PlanWaits {
	const summary = `the plan waits for nothing: it is ${status}`;
	return { plan_id, status, summary, waits: [], total: 0 };
}
