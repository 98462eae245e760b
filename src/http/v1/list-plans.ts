import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { riskBands } from "../../../schemas/cognitive-plan.ts";
import { planStages } from "../../domain/plan-document.ts";
import {
	type PlanList,
	type PlanSort,
	planSortKeys,
	planSorts,
	type SortOrder,
} from "../../domain/plan-list.ts";
import type { PlanReads } from "../../plans/read-plans.ts";
import { problemResponses } from "../problems.ts";
import { sayWithSource } from "../say-source.ts";
import { planCursor } from "./plan-cursor.ts";
import {
	planStatusSchema,
	planSummarySchema,
	readSourceSchema,
	versionSchema,
} from "./plan-schemas.ts";

/** The last moment of the calendar. */
const LAST_MS = 8_640_000_000_000_000;
const moment = (description: string) =>
	Type.Optional(Type.Integer({ minimum: 0, maximum: LAST_MS, description }));

const listQuerySchema = Type.Object(
	{
		status: Type.Optional(planStatusSchema),
		open: Type.Optional(
			Type.Unsafe<"true">(
				Type.Enum(["true"], { description: "Only plans that have not ended" }),
			),
		),
		stage: Type.Optional(Type.Enum([...planStages])),
		risk_band: Type.Optional(Type.Enum([...riskBands])),
		domain: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
		tenant: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
		orchestrator_version: Type.Optional(versionSchema),
		created_after: moment("Created then or later; Unix epoch, ms"),
		created_before: moment("Created earlier; Unix epoch, ms"),
		sort: Type.Unsafe<PlanSort>(
			Type.Enum([...planSorts], {
				default: "created",
				description:
					"`created`: newest first; `slack`: open plans with tickets, least slack first; `progress`: what moved last first",
			}),
		),
		order: Type.Optional(
			Type.Unsafe<SortOrder>(
				Type.Enum(["asc", "desc"], {
					description:
						"Turns the sort round; `sort=progress&order=asc`: stalled first",
				}),
			),
		),
		limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
		cursor: Type.Optional(
			Type.String({
				maxLength: 4_000,
				description:
					"`next_cursor` of the page before, with the same filter and sort",
			}),
		),
	},
	{ additionalProperties: false },
);

const listSchema = Type.Object({
	plans: Type.Array(planSummarySchema),
	next_cursor: Type.Union([Type.String(), Type.Null()]),
	complete: Type.Boolean({
		description:
			"false while MongoDB is away: then open plans are shown and those that have ended since, at most 100",
	}),
	missing: Type.Array(Type.String(), {
		description: "Ids of open plans whose workflows did not answer",
	}),
	read_source: readSourceSchema,
});

/** `GET /plans`: pages of plans, narrowed and sorted. */
export const listPlansRoute: FastifyPluginAsyncTypebox<{
	reads: Pick<PlanReads, "listPlans">;
}> = async (app, { reads }) => {
	app.get(
		"/plans",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listPlans",
				tags: ["Plans"],
				summary: "Plans, newest first unless sorted otherwise",
				querystring: listQuerySchema,
				response: { 200: listSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { limit, cursor, sort, order, open, ...filter } = request.query;
			const list: PlanList = {
				filter: open === undefined ? filter : { ...filter, open: true },
				sort,
				order: order ?? planSortKeys[sort].order,
			};
			const places = planCursor(list);
			const after = cursor === undefined ? undefined : places.decode(cursor);
			const { value, source } = await reads.listPlans({
				...list,
				after,
				limit,
			});
			const { plans, next, isComplete, missing } = value;
			const next_cursor = next && places.encode(next);
			const answer = { plans, next_cursor, complete: isComplete, missing };
			return sayWithSource(reply, answer, source);
		},
	);
};
