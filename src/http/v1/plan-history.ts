import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { drawGraph } from "../../domain/plan-graph.ts";
import { eventsAfter, tellTimeline } from "../../domain/plan-timeline.ts";
import { hasEveryRun } from "../../domain/timeline-of-tickets.ts";
import type { HistoryReads } from "../../plans/read-histories.ts";
import { problemResponses } from "../problems.ts";
import { sayWithSource } from "../say-source.ts";
import { createCursor } from "./cursor.ts";
import { planGraphFields, timelineEventSchema } from "./history-schemas.ts";
import { pageQuerySchema } from "./page-query.ts";
import { readSourceSchema } from "./plan-schemas.ts";
import { planNotFound, planParamsSchema } from "./plans.ts";

const graphSchema = Type.Object({
	plan_id: Type.String(),
	...planGraphFields,
	read_source: readSourceSchema,
});

const places = createCursor("a timeline", { at: "number", id: "string" });

const timelineQuerySchema = Type.Object(
	{
		...pageQuerySchema,
	},
	{ additionalProperties: false },
);
const timelineSchema = Type.Object({
	plan_id: Type.String(),
	events: Type.Array(timelineEventSchema),
	next_cursor: Type.Union([Type.String(), Type.Null()]),
	complete: Type.Boolean({
		description:
			"false while MongoDB is away: what tickets did that a rerun has replaced is not told",
	}),
	read_source: readSourceSchema,
});

/** A plan's graph and timeline. */
export const planHistoryRoutes: FastifyPluginAsyncTypebox<{
	histories: HistoryReads;
}> = async (app, { histories }) => {
	app.get(
		"/plans/:plan_id/dag",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getPlanDag",
				tags: ["Plans"],
				summary: "Tasks of a plan with their state, edges, critical path",
				params: planParamsSchema,
				response: { 200: graphSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { plan_id } = request.params;
			const found = await histories.readGraph(plan_id);
			if (found === undefined) throw planNotFound(plan_id);
			const graph = { plan_id, ...drawGraph(found.value) };
			return sayWithSource(reply, graph, found.source);
		},
	);

	app.get(
		"/plans/:plan_id/timeline",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getPlanTimeline",
				tags: ["Plans"],
				summary: "What happened to a plan, oldest first",
				params: planParamsSchema,
				querystring: timelineQuerySchema,
				response: { 200: timelineSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { plan_id } = request.params;
			const { limit, cursor } = request.query;
			const after = cursor === undefined ? undefined : places.decode(cursor);
			const found = await histories.readHistory(plan_id);
			if (found === undefined) throw planNotFound(plan_id);
			const all = tellTimeline(found.value);
			const rest = after === undefined ? all : eventsAfter(all, after);
			const events = rest.slice(0, limit);
			const last = rest.length > limit ? events.at(-1) : undefined;
			const next_cursor = last === undefined ? null : places.encode(last);
			const complete = hasEveryRun(found.value.tickets);
			const answer = { plan_id, events, next_cursor, complete };
			return sayWithSource(reply, answer, found.source);
		},
	);
};
