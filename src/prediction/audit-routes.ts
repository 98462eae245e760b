import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { auditEventTypes } from "../domain/prediction/model-words.ts";
import { oneOf } from "../http/field-schemas.ts";
import { problemResponses } from "../http/problems.ts";
import type { MlSources } from "./ml-ports.ts";
import { auditEventSchema } from "./ml-schemas.ts";
import { notFound } from "./model-routes.ts";

const tags = ["Learning"];
const DAY_MS = 86_400_000;
const modelParams = Type.Object({ name: Type.String({ maxLength: 200 }) });
const limit = Type.Integer({ minimum: 1, maximum: 1_000, default: 100 });
const days = (preset: number) =>
	Type.Integer({ minimum: 1, maximum: 365, default: preset });
const eventsSchema = Type.Object({ events: Type.Array(auditEventSchema) });
const moment = Type.Optional(
	Type.Integer({ minimum: 0, description: "Unix epoch, ms" }),
);
const typeSchema = oneOf(auditEventTypes);

/** What happened to models, who caused it and why; on the paths of the earlier service. */
export const modelAuditRoutes: FastifyPluginAsyncTypebox<MlSources> = async (
	app,
	{ auditLog },
) => {
	app.get(
		"/ml/audit/models/:name/history",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listModelHistory",
				tags,
				summary: "Events of a model, newest first",
				params: modelParams,
				querystring: Type.Object({
					limit,
					event_types: Type.Optional(
						Type.Union([typeSchema, Type.Array(typeSchema)]),
					),
				}),
				response: { 200: eventsSchema, ...problemResponses },
			},
		},
		async ({ params, query }) => ({
			events: await auditLog.list({
				modelName: params.name,
				...(query.event_types && { eventTypes: [query.event_types].flat() }),
				limit: query.limit,
			}),
		}),
	);

	app.get(
		"/ml/audit/models/:name/timeline",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getModelTimeline",
				tags,
				summary: "Events of a model within some days, oldest first",
				params: modelParams,
				querystring: Type.Object({ days: days(90) }),
				response: { 200: eventsSchema, ...problemResponses },
			},
		},
		async ({ params, query }) => {
			const fromMs = Date.now() - query.days * DAY_MS;
			const events = await auditLog.list({
				...{ modelName: params.name, fromMs, limit: 1_000 },
			});
			return { events: events.toReversed() };
		},
	);

	app.get(
		"/ml/audit/events/:event_type",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listModelEvents",
				tags,
				summary: "Events of one type, newest first",
				params: Type.Object({ event_type: typeSchema }),
				querystring: Type.Object({
					...{ start_date: moment, end_date: moment, limit },
				}),
				response: { 200: eventsSchema, ...problemResponses },
			},
		},
		async ({ params, query }) => ({
			events: await auditLog.list({
				eventTypes: [params.event_type],
				...(query.start_date !== undefined && { fromMs: query.start_date }),
				...(query.end_date !== undefined && { toMs: query.end_date }),
				limit: query.limit,
			}),
		}),
	);

	app.get(
		"/ml/audit/events/id/:audit_id",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getModelEvent",
				tags,
				summary: "One event",
				params: Type.Object({ audit_id: Type.String({ maxLength: 200 }) }),
				response: { 200: auditEventSchema, ...problemResponses },
			},
		},
		async ({ params }) => {
			const event = await auditLog.read(params.audit_id);
			if (event === undefined) throw notFound(`event ${params.audit_id}`);
			return event;
		},
	);

	app.get(
		"/ml/audit/summary",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getModelAuditSummary",
				tags,
				summary: "How many events there were, by type",
				querystring: Type.Object({
					model_name: Type.Optional(Type.String({ maxLength: 200 })),
					days: days(30),
				}),
				response: {
					200: Type.Object({
						days: Type.Integer(),
						total: Type.Integer(),
						events: Type.Record(Type.String(), Type.Integer()),
					}),
					...problemResponses,
				},
			},
		},
		async ({ query }) => {
			const events = await auditLog.count({
				...(query.model_name !== undefined && { modelName: query.model_name }),
				fromMs: Date.now() - query.days * DAY_MS,
			});
			const total = Object.values(events).reduce((all, one) => all + one, 0);
			return { days: query.days, total, events };
		},
	);

	app.get(
		"/ml/audit/health",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getModelAuditHealth",
				tags,
				summary: "Whether the log of model events can be read",
				response: {
					200: Type.Object({ status: Type.Literal("healthy") }),
					...problemResponses,
				},
			},
		},
		async () => {
			await auditLog.list({ limit: 1 });
			return { status: "healthy" as const };
		},
	);
};
