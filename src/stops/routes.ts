import { randomUUID } from "node:crypto";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { openPlanStatuses } from "../domain/plan-run.ts";
import { type BulkFilter, stopScopes } from "../domain/stop-order.ts";
import { OrchestratorError } from "../errors.ts";
import { commandAuthor } from "../http/caller-facts.ts";
import { atMs, authorFields, nullable } from "../http/field-schemas.ts";
import { invalidBody, problemResponses } from "../http/problems.ts";
import type { ApiRoutes } from "../http/server.ts";
import type { StopSources } from "./ports.ts";

const text = (description: string) =>
	Type.String({ minLength: 1, maxLength: 200, description });
const who = authorFields("Why");
const closed = { additionalProperties: false } as const;
const scopeSchema = Type.Unsafe<(typeof stopScopes)[number]>(
	Type.Enum([...stopScopes]),
);

const stopSchema = Type.Object({
	stop_id: Type.String(),
	scope: scopeSchema,
	value: nullable(Type.String({ description: "The domain or the tenant" })),
	actor: Type.String(),
	reason: Type.String(),
	since: atMs,
	released: nullable(
		Type.Object({ actor: Type.String(), reason: Type.String(), at: atMs }),
	),
});
const filterSchema = Type.Object(
	{
		status: Type.Optional(Type.Enum([...openPlanStatuses])),
		domain: Type.Optional(text("As the plan names it")),
		tenant: Type.Optional(text("As the plan shows it")),
		risk_band: Type.Optional(Type.Enum(["low", "medium", "high", "critical"])),
		created_before: Type.Optional(atMs),
	},
	{
		additionalProperties: false,
		minProperties: 1,
		description: "Open plans for which all of this holds",
	},
);
const bulkSchema = Type.Object({
	bulk_id: Type.String(),
	filter: Type.Unsafe<BulkFilter>(filterSchema),
	compensate: Type.Boolean(),
	actor: Type.String(),
	reason: Type.String(),
	asked_at: atMs,
	cancelled: Type.Integer({ description: "Plans that took the command" }),
	refused: Type.Integer({ description: "Plans that had moved on" }),
	done_at: nullable(atMs),
});

/** The stop button, and the cancel of many plans. */
export function stopApi(sources: StopSources): ApiRoutes {
	return async (app) => {
		await app.register(stopRoutes, sources);
		await app.register(bulkRoutes, sources);
	};
}

const stopRoutes: FastifyPluginAsyncTypebox<StopSources> = async (
	app,
	{ store, carryOutSoon },
) => {
	app.get(
		"/stops",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listStops",
				tags: ["Commands"],
				summary: "Stops that hold",
				response: {
					200: Type.Object({ stops: Type.Array(stopSchema) }),
					...problemResponses,
				},
			},
		},
		async () => {
			const stops = await store.readStops(Date.now());
			return { stops: stops.filter(({ released }) => released === null) };
		},
	);

	app.post(
		"/stops",
		{
			config: { role: "operator" },
			schema: {
				operationId: "pressStop",
				tags: ["Commands"],
				summary: "Stop intake, or all plans of a domain or a tenant",
				description:
					"Intake takes no decision until the release. Plans are paused: nothing more is published, what is published goes on; plans that come are held too. The same stop again is answered with the first one.",
				body: Type.Object(
					{
						scope: scopeSchema,
						value: Type.Optional(text("The domain or the tenant")),
						...who,
					},
					closed,
				),
				response: { 200: stopSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { scope, value } = request.body;
			if ((scope === "intake") !== (value === undefined))
				throw invalidBody(
					"$.body.value",
					scope === "intake"
						? "is not for intake: leave it out"
						: `is missing: say which ${scope}`,
				);
			const stop = await store.press({
				stop_id: randomUUID(),
				...{ scope, value: value ?? null },
				...commandAuthor(request, request.body),
				...{ since: Date.now(), released: null },
			});
			carryOutSoon();
			return stop;
		},
	);

	app.post(
		"/stops/:stop_id/release",
		{
			config: { role: "operator" },
			schema: {
				operationId: "releaseStop",
				tags: ["Commands"],
				summary: "Let go on what a stop holds",
				description:
					"Plans that were paused by this stop are resumed; those that a person paused stay.",
				params: Type.Object({ stop_id: text("The stop") }),
				body: Type.Object(who, closed),
				response: { 200: stopSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { stop_id } = request.params;
			const by = commandAuthor(request, request.body);
			const stop = await store.release(stop_id, { ...by, at: Date.now() });
			if (stop === undefined)
				throw new OrchestratorError(
					"STOP_NOT_FOUND",
					`stop ${stop_id} not found: no stop of this id holds`,
				);
			carryOutSoon();
			return stop;
		},
	);
};

const bulkRoutes: FastifyPluginAsyncTypebox<StopSources> = async (
	app,
	{ store, carryOutSoon },
) => {
	app.post(
		"/bulk-cancels/preview",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "previewBulkCancel",
				tags: ["Commands"],
				summary: "Which open plans a bulk cancel would end; ends none",
				body: Type.Object({ filter: filterSchema }, closed),
				response: {
					200: Type.Object({
						count: Type.Integer(),
						plan_ids: Type.Array(Type.String(), {
							description: "The first 100",
						}),
					}),
					...problemResponses,
				},
			},
		},
		(request) => store.preview(request.body.filter),
	);

	app.post(
		"/bulk-cancels",
		{
			config: { role: "operator" },
			schema: {
				operationId: "startBulkCancel",
				tags: ["Commands"],
				summary:
					"Cancel every open plan that came before and that the filter means",
				body: Type.Object(
					{
						filter: filterSchema,
						compensate: Type.Optional(
							Type.Boolean({ description: "Undo what was done" }),
						),
						...who,
					},
					closed,
				),
				response: { 202: bulkSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { filter, compensate = false } = request.body;
			const bulk = {
				bulk_id: randomUUID(),
				...{ filter, compensate },
				...commandAuthor(request, request.body),
				...{ asked_at: Date.now(), cancelled: 0, refused: 0, done_at: null },
			};
			await store.keepBulk(bulk);
			carryOutSoon();
			return await reply.code(202).send(bulk);
		},
	);

	app.get(
		"/bulk-cancels/:bulk_id",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getBulkCancel",
				tags: ["Commands"],
				summary: "How far a bulk cancel is",
				params: Type.Object({ bulk_id: text("The bulk cancel") }),
				response: { 200: bulkSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { bulk_id } = request.params;
			const bulk = await store.readBulk(bulk_id);
			if (bulk === undefined)
				throw new OrchestratorError(
					"STOP_NOT_FOUND",
					`bulk cancel ${bulk_id} not found`,
				);
			return bulk;
		},
	);
};
