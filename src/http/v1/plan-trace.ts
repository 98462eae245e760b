import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import {
	type Spending,
	spendings,
	tellSpentTime,
} from "../../domain/trace/spent-time.ts";
import type { HistoryReads } from "../../plans/read-histories.ts";
import { problemResponses } from "../problems.ts";
import { sayWithSource } from "../say-source.ts";
import { planStatusSchema, readSourceSchema } from "./plan-schemas.ts";
import { planNotFound, planParamsSchema } from "./plans.ts";

const atMs = Type.Integer({ description: "Unix epoch, ms" });
const spendingSchema = Type.Unsafe<Spending>(
	Type.Enum([...spendings], {
		description:
			"steps: of the service, C1 to C6; dispatch: a ticket could go out and did not yet; queue: it was out, and no worker had begun; retry: attempts that another one followed, and the waits before those; unanswered: it was out, and no result came",
	}),
);

const traceSchema = Type.Object({
	plan_id: Type.String(),
	trace_id: Type.Union([Type.String(), Type.Null()], {
		description: "32 hex digits; null: the plan is not traced",
	}),
	trace_url: Type.Union([Type.String(), Type.Null()], {
		description:
			"Where the trace can be looked at, if it was exported; null: TRACE_URL_TEMPLATE is not set",
	}),
	status: planStatusSchema,
	started_at: atMs,
	ended_at: Type.Union([atMs, Type.Null()], {
		description: "null: the plan is open, and its time counts until now",
	}),
	total_ms: Type.Integer(),
	spent: Type.Array(Type.Object({ what: spendingSchema, ms: Type.Integer() }), {
		description:
			"Sums of the whole critical path, the largest first; together they are total_ms",
	}),
	critical_path: Type.Array(
		Type.Object({
			what: spendingSchema,
			from: atMs,
			to: atMs,
			step: Type.Optional(Type.String()),
			task_id: Type.Optional(Type.String()),
			attempt: Type.Optional(Type.Integer()),
			agent_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
		}),
		{
			description:
				"What the end of the plan waited for at each moment, from its beginning: the longest stretches",
		},
	),
	critical_path_length: Type.Integer({
		description: "Of all its stretches",
	}),
	attempts: Type.Integer(),
	retries: Type.Integer(),
	read_source: readSourceSchema,
});

/** Where a plan's time went. */
export const planTraceRoute: FastifyPluginAsyncTypebox<{
	histories: HistoryReads;
	traceUrl?: string | undefined;
}> = async (app, { histories, traceUrl }) => {
	app.get(
		"/plans/:plan_id/trace",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getPlanTrace",
				tags: ["Plans"],
				summary: "Where the time of a plan went, along its critical path",
				params: planParamsSchema,
				querystring: Type.Object(
					{
						limit: Type.Integer({
							minimum: 1,
							maximum: 500,
							default: 50,
							description: "Stretches of the critical path",
						}),
					},
					{ additionalProperties: false },
				),
				response: { 200: traceSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { plan_id } = request.params;
			const found = await histories.readHistory(plan_id);
			if (found === undefined) throw planNotFound(plan_id);
			const spent = tellSpentTime(found.value, {
				nowMs: Date.now(),
				limit: request.query.limit,
			});
			const { trace_id = null } = found.value.plan;
			const trace_url =
				trace_id === null
					? null
					: (traceUrl?.replace("{trace_id}", trace_id) ?? null);
			const answer = { plan_id, trace_id, trace_url, ...spent };
			return sayWithSource(reply, answer, found.source);
		},
	);
};
