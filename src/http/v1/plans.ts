import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { PlanDocument } from "../../domain/documents.ts";
import { codePointsOf } from "../../domain/look-alikes.ts";
import { isOpenStatus, type PlanWaits } from "../../domain/plan-run.ts";
import { hasCode, OrchestratorError } from "../../errors.ts";
import type { RunningPlans } from "../../plans/plan-ports.ts";
import type { PlanReads } from "../../plans/read-plans.ts";
import { problemResponses } from "../problems.ts";
import { sayWithSource } from "../say-source.ts";
import { listPlansRoute } from "./list-plans.ts";
import {
	commandRecordSchema,
	planSchema,
	planStatusSchema,
	planWaitsSchema,
	readSourceSchema,
} from "./plan-schemas.ts";
import {
	ticketFilter,
	ticketPage,
	ticketPageFields,
	ticketStatusFilterSchema,
} from "./ticket-pages.ts";

export interface PlanRoutesDeps {
	reads: PlanReads;
	running: Pick<RunningPlans, "readWhy">;
}

export const planParamsSchema = Type.Object({ plan_id: Type.String() });

const ticketsQuerySchema = Type.Object(
	{
		status: Type.Optional(ticketStatusFilterSchema),
		offset: Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 }),
		limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
	},
	{ additionalProperties: false },
);
const ticketsSchema = Type.Object(ticketPageFields);
const commandsSchema = Type.Object({
	plan_id: Type.String(),
	status: planStatusSchema,
	commands: Type.Array(commandRecordSchema),
	read_source: readSourceSchema,
});

/** Reads of plans. */
export const planRoutes: FastifyPluginAsyncTypebox<PlanRoutesDeps> = async (
	app,
	{ reads, running },
) => {
	await app.register(listPlansRoute, { reads });

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
			return sayWithSource(reply, plan.value, plan.source);
		},
	);

	app.get(
		"/plans/:plan_id/commands",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listPlanCommands",
				tags: ["Commands"],
				summary:
					"What was asked of a plan, by whom and why: the newest 50, oldest first; its audit trail has all",
				params: planParamsSchema,
				response: { 200: commandsSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { plan_id } = request.params;
			const plan = await reads.readPlan(plan_id);
			if (plan === undefined) throw planNotFound(plan_id);
			const { status, commands } = plan.value;
			return sayWithSource(reply, { plan_id, status, commands }, plan.source);
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
			const { status, ...range } = request.query;
			const page = await reads.listTickets(plan_id, {
				...ticketFilter(status),
				...range,
			});
			if (page === undefined) throw planNotFound(plan_id);
			const answer = ticketPage(page.value, range);
			return sayWithSource(reply, answer, page.source);
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
		async (request, reply) => {
			const { plan_id } = request.params;
			const asked = await askWhy(running, plan_id);
			if (asked.waits !== undefined)
				return sayWithSource(reply, asked.waits, "workflow");
			const plan = await reads.readPlan(plan_id);
			if (plan === undefined) throw asked.outage ?? planNotFound(plan_id);
			// Only an open plan's workflow knows what it waits for.
			if (asked.outage !== undefined && isOpenStatus(plan.value.status))
				throw asked.outage;
			return sayWithSource(reply, waitsOfStored(plan.value), plan.source);
		},
	);
};

/** The error for an unknown plan id. */
export function planNotFound(planId: string): OrchestratorError {
	return new OrchestratorError(
		"PLAN_NOT_FOUND",
		`plan ${planId} not found${codePointsOf(planId)}`,
	);
}

async function askWhy(
	running: PlanRoutesDeps["running"],
	planId: string,
): Promise<{ waits?: PlanWaits | undefined; outage?: OrchestratorError }> {
	try {
		return { waits: await running.readWhy(planId) };
	} catch (error) {
		if (!hasCode(error, "TEMPORAL_UNAVAILABLE")) throw error;
		return { outage: error };
	}
}

/** The answer for a plan whose run is gone or cannot be asked. */
function waitsOfStored(plan: PlanDocument): PlanWaits {
	const { plan_id, status } = plan;
	const summary = isOpenStatus(status)
		? `no workflow carries the plan any more, though it is stored as ${status}`
		: `the plan waits for nothing: it is ${status}`;
	return { plan_id, status, summary, waits: [], total: 0 };
}
