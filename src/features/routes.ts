import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { featureNames } from "../domain/features/feature-arm.ts";
import { commandAuthor } from "../http/caller-facts.ts";
import { atMs, authorFields, nullable, oneOf } from "../http/field-schemas.ts";
import { problemResponses } from "../http/problems.ts";
import { REPORT_HOURS_MAX } from "./counters.ts";
import type { FeatureSources } from "./ports.ts";

const armSchema = Type.Object({
	calls: Type.Integer(),
	failures: Type.Integer(),
	error_rate: nullable(
		Type.Number({ description: "0 to 1; null: there were no calls" }),
	),
	mean_ms: nullable(Type.Number()),
});
const featureSchema = Type.Object({
	feature: oneOf(featureNames),
	disabled: nullable(
		Type.Object(
			{
				at: atMs,
				calls: Type.Integer(),
				failures: Type.Integer(),
				by: Type.String(),
				reason: Type.String(),
			},
			{ description: "Off for all until a reset; null: on for its share" },
		),
	),
	resets: Type.Integer(),
	canary: armSchema,
	stable: armSchema,
});
const reportSchema = Type.Object({
	window_hours: Type.Integer(),
	from: atMs,
	enabled: Type.Boolean(),
	percentage: Type.Number({ description: "The share, 0 to 1" }),
	error_rate_threshold: Type.Number(),
	min_calls: Type.Integer(),
	features: Type.Array(featureSchema),
});
const commandSchema = Type.Object(
	{ feature: oneOf(featureNames), ...authorFields("Why") },
	{ additionalProperties: false },
);

/** The canary of features. */
export const featureRoutes: FastifyPluginAsyncTypebox<{
	features: FeatureSources;
}> = async (app, { features }) => {
	app.get(
		"/deploy/canary/report",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getCanaryReport",
				tags: ["Deploy"],
				summary: "How plans with a new feature fare, beside those without",
				description:
					"Counted over the hour under way and so many before it. A call that was chosen for the feature counts as its own, whoever answered in the end.",
				querystring: Type.Object({
					hours: Type.Integer({
						minimum: 0,
						maximum: REPORT_HOURS_MAX,
						default: 24,
					}),
				}),
				response: { 200: reportSchema, ...problemResponses },
			},
		},
		(request) => features.report(request.query.hours),
	);
	app.post(
		"/deploy/canary/reset",
		{
			config: { role: "releaser" },
			schema: {
				operationId: "resetCanary",
				tags: ["Deploy"],
				summary: "Give a feature that is off to its share again",
				description:
					"What counts against it then are calls from now on. In force in all processes within two seconds.",
				body: commandSchema,
				response: { 200: featureSchema, ...problemResponses },
			},
		},
		(request) =>
			features.reset(
				request.body.feature,
				commandAuthor(request, request.body),
			),
	);
	app.post(
		"/deploy/canary/disable",
		{
			config: { role: "releaser" },
			schema: {
				operationId: "disableCanary",
				tags: ["Deploy"],
				summary: "Switch a feature off for all, until a reset",
				body: commandSchema,
				response: { 200: featureSchema, ...problemResponses },
			},
		},
		(request) =>
			features.disable(
				request.body.feature,
				commandAuthor(request, request.body),
			),
	);
};
