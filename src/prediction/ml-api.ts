import Type from "typebox";
import { nullable, nullableText, oneOf } from "../http/field-schemas.ts";
import { problemResponses } from "../http/problems.ts";
import type { ApiRoutes } from "../http/server.ts";
import { modelAuditRoutes } from "./audit-routes.ts";
import { learningRoutes } from "./learning-routes.ts";
import type { MlSources } from "./ml-ports.ts";
import { modelRoutes } from "./model-routes.ts";

/** `/api/v1/ml`. */
export function mlApi(sources: MlSources): ApiRoutes {
	return async (app) => {
		await app.register(modelRoutes, sources);
		await app.register(learningRoutes, sources);
		await app.register(modelAuditRoutes, sources);
	};
}

const predictorSchema = Type.Object({
	loaded: Type.Boolean(),
	model_version: nullableText,
	error: Type.Optional(Type.String()),
});
const healthSchema = Type.Object({
	status: oneOf(
		["healthy", "degraded", "disabled"],
		"degraded: the champion cannot be used, or the registry was never read",
	),
	predictors: Type.Object({ scheduling_predictor: predictorSchema }),
	read_at: nullable(Type.Integer({ description: "Unix epoch, ms" })),
});

/** `GET /health/ml`: how the process that answers stands with its model. */
export function mlHealthApi({
	predictor,
	view,
}: Pick<MlSources, "predictor" | "view">): ApiRoutes {
	return async (app) => {
		app.get(
			"/health/ml",
			{
				config: { role: "public", rateLimit: false },
				schema: {
					operationId: "getMlHealth",
					tags: ["Health"],
					summary: "Whether durations are predicted, and by which model",
					description:
						"Without a model yet the estimate stands, which is healthy; 503 when predictions are off.",
					response: {
						200: healthSchema,
						503: healthSchema,
						...problemResponses,
					},
				},
			},
			async (_request, reply) => {
				const { model, readAtMs, unreadable } = view();
				const isWell = readAtMs !== null && unreadable === null;
				const health = {
					status:
						predictor === undefined
							? ("disabled" as const)
							: isWell
								? ("healthy" as const)
								: ("degraded" as const),
					predictors: {
						scheduling_predictor: {
							loaded: model !== null,
							model_version: model,
							...(unreadable && {
								error: `${unreadable.model} cannot be used: ${unreadable.reason}`,
							}),
						},
					},
					read_at: readAtMs,
				};
				return await reply.code(predictor ? 200 : 503).send(health);
			},
		);
	};
}
