import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { StoredAudits } from "../../plans/workflow-ports.ts";
import { problemResponses } from "../problems.ts";

const text = Type.Optional(Type.String({ maxLength: 500 }));
const isoText = Type.Optional(
	Type.String({ maxLength: 100, description: "ISO 8601, compared as text" }),
);

const querySchema = Type.Object(
	{
		user_id: text,
		tenant_id: text,
		decision: text,
		policy_path: text,
		start_time: isoText,
		end_time: isoText,
		limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100 }),
		skip: Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0 }),
	},
	{ additionalProperties: false },
);
const orNull = Type.Union([Type.String(), Type.Null()]);
const answerSchema = Type.Object({
	total: Type.Integer(),
	results: Type.Array(
		Type.Unsafe<Record<string, unknown>>(
			Type.Object({}, { additionalProperties: true }),
		),
	),
	query: Type.Object({
		user_id: orNull,
		tenant_id: orNull,
		decision: orNull,
		policy_path: orNull,
		start_time: orNull,
		end_time: orNull,
		limit: Type.Integer(),
		skip: Type.Integer(),
	}),
});

/** `GET /audit/authorizations` of the earlier service: decisions of policies, newest first. */
export const auditAuthorizationsRoute: FastifyPluginAsyncTypebox<{
	audits: Pick<StoredAudits, "listAuthorizations">;
}> = async (app, { audits }) => {
	app.get(
		"/audit/authorizations",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listAuthorizations",
				tags: ["Audit"],
				summary: "Authorizations by policies, newest first",
				description:
					"One record for each policy that denied a resource or warned, and one for all that a question allowed; the shadow policies' differences have `policy_path` shadow/...",
				querystring: querySchema,
				response: { 200: answerSchema, ...problemResponses },
			},
		},
		async ({ query }) => ({
			...(await audits.listAuthorizations(query)),
			query: {
				user_id: query.user_id ?? null,
				tenant_id: query.tenant_id ?? null,
				decision: query.decision ?? null,
				policy_path: query.policy_path ?? null,
				start_time: query.start_time ?? null,
				end_time: query.end_time ?? null,
				limit: query.limit,
				skip: query.skip,
			},
		}),
	);
};
