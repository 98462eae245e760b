import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { auditPrefix } from "../../domain/audit-chain.ts";
import { findLeftOver } from "../../domain/audit-heads.ts";
import { OrchestratorError } from "../../errors.ts";
import type { AuditTrails } from "../../plans/audit-ports.ts";
import { atMs, nullableText } from "../field-schemas.ts";
import { problemResponses } from "../problems.ts";
import { createCursor, cursorRefusal } from "./cursor.ts";
import { auditHeadSchema } from "./plan-schemas.ts";
import { planParamsSchema } from "./plans.ts";

const recordSchema = Type.Object(
	{
		plan_id: Type.String(),
		trail: atMs,
		sequence: Type.Integer(),
		at: atMs,
		actor: Type.String(),
		action: Type.String(),
		reason: Type.String(),
		details: Type.Record(Type.String(), Type.Unknown(), {
			description:
				"`start`: `submitted_by`, `via` (how it came) and `authenticated`; commands and approvals: `via` and `authenticated`",
		}),
		plan_hash: nullableText,
		previous_hash: nullableText,
		hash: Type.String({
			description: "SHA-256 in hex of the canonical JSON of the other fields",
		}),
	},
	{ additionalProperties: true },
);

const keys = createCursor("an audit trail", { key: "string" });

const listQuerySchema = Type.Object(
	{
		limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
		cursor: Type.Optional(
			Type.String({
				maxLength: 6_000,
				description: "`next_cursor` of the page before",
			}),
		),
	},
	{ additionalProperties: false },
);
const listSchema = Type.Object({
	records: Type.Array(recordSchema),
	next_cursor: nullableText,
	audit_head: Type.Union([auditHeadSchema, Type.Null()]),
});

/** The audit trail of a plan. */
export const auditRoutes: FastifyPluginAsyncTypebox<{
	trails: AuditTrails;
}> = async (app, { trails }) => {
	app.get(
		"/plans/:plan_id/audit",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listAuditRecords",
				tags: ["Audit"],
				summary: "The audit trail of a plan, oldest record first",
				params: planParamsSchema,
				querystring: listQuerySchema,
				response: { 200: listSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { plan_id } = request.params;
			const { limit, cursor } = request.query;
			const after = cursor === undefined ? undefined : keyIn(plan_id, cursor);
			const [[plan], page] = await Promise.all([
				trails.readHeads([plan_id]),
				trails.readRecords({ planId: plan_id, after, limit: limit + 1 }),
			]);
			if (plan === undefined && page.length === 0)
				throw new OrchestratorError(
					"PLAN_NOT_FOUND",
					`audit trail of plan ${plan_id} not found`,
				);
			const last = page.length > limit ? page[limit - 1] : undefined;
			const isLeft = findLeftOver(plan_id, { plan });
			return {
				records: page
					.slice(0, limit)
					.filter((record) => !isLeft(record))
					.map(({ _id, revision, ...record }) => record),
				next_cursor: last === undefined ? null : keys.encode({ key: last._id }),
				audit_head: plan?.head ?? null,
			};
		},
	);
};

function keyIn(planId: string, cursor: string): string {
	const { key } = keys.decode(cursor);
	if (key.startsWith(auditPrefix(planId))) return key;
	throw cursorRefusal("was given for another plan's audit trail");
}
