import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { type AuditHead, auditPrefix } from "../../domain/audit-chain.ts";
import { isLeftOver } from "../../domain/audit-check.ts";
import { OrchestratorError } from "../../errors.ts";
import type { AuditTrails } from "../audit-sources.ts";
import type { RunningPlans } from "../plan-sources.ts";
import { problemResponses } from "../problems.ts";
import { MAX_FAULTS, verifyAll, verifyPlan } from "../verify-audit.ts";
import { parseCursor } from "./plan-cursor.ts";
import { auditHeadSchema } from "./plan-schemas.ts";
import { planParamsSchema } from "./plans.ts";

export interface AuditRoutesDeps {
	trails: AuditTrails;
	running: Pick<RunningPlans, "readPlan">;
}

const nullableText = Type.Union([Type.String(), Type.Null()]);
const atMs = Type.Integer({ description: "Unix epoch, ms" });

const recordSchema = Type.Object(
	{
		plan_id: Type.String(),
		trail: atMs,
		sequence: Type.Integer(),
		at: atMs,
		actor: Type.String(),
		action: Type.String(),
		reason: Type.String(),
		details: Type.Record(Type.String(), Type.Unknown()),
		plan_hash: nullableText,
		previous_hash: nullableText,
		hash: Type.String({
			description: "SHA-256 in hex of the canonical JSON of the other fields",
		}),
	},
	{ additionalProperties: true },
);

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

const verifyQuerySchema = Type.Object(
	{
		plan_id: Type.Optional(
			Type.String({ minLength: 1, description: "Default: all plans" }),
		),
		head: Type.Optional(
			Type.String({
				pattern: "^[0-9]{1,15}:[0-9]{1,9}:[0-9a-f]{64}$",
				description:
					"`{trail}:{sequence}:{hash}` of a telemetry frame's `audit_head`, with `plan_id`: finds a tail that was cut off together with the plan's own word of it",
			}),
		),
	},
	{ additionalProperties: false },
);
const verdictSchema = Type.Object({
	ok: Type.Boolean(),
	plans: Type.Integer({ description: "That have a trail" }),
	records: Type.Integer(),
	faults: Type.Array(
		Type.Object({
			plan_id: Type.String(),
			sequence: Type.Integer(),
			kind: Type.Unsafe<"altered" | "missing" | "reordered" | "truncated">(
				Type.Enum(["altered", "missing", "reordered", "truncated"]),
			),
			detail: Type.String(),
		}),
		{ description: `The first of each plan, of at most ${MAX_FAULTS} plans` },
	),
});

/** Who did what to a plan, and whether anybody has touched that since. */
export const auditRoutes: FastifyPluginAsyncTypebox<AuditRoutesDeps> = async (
	app,
	{ trails, running },
) => {
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
			return {
				records: page
					.slice(0, limit)
					.filter((record) => !isLeftOver(plan_id, plan, record))
					.map(({ _id, revision, ...record }) => record),
				next_cursor: last === undefined ? null : cursorOf(last._id),
				audit_head: plan?.head ?? null,
			};
		},
	);

	app.get(
		"/audit/verify",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "verifyAudit",
				tags: ["Audit"],
				summary:
					"Whether the audit trails hold; else the first altered, missing, reordered or cut-off record of each",
				querystring: verifyQuerySchema,
				response: { 200: verdictSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { plan_id, head } = request.query;
			if (plan_id === undefined) {
				if (head === undefined) return await verifyAll(trails);
				throw new OrchestratorError(
					"REQUEST_INVALID",
					"$.querystring.head needs plan_id beside it",
				);
			}
			const heads = [
				...(head === undefined ? [] : [parseHead(head)]),
				...(await headOfRun(plan_id, { trails, running })),
			];
			const verdict = await verifyPlan(trails, plan_id, heads);
			if (verdict.plans > 0 || heads.length > 0) return verdict;
			throw new OrchestratorError(
				"PLAN_NOT_FOUND",
				`audit trail of plan ${plan_id} not found`,
			);
		},
	);
};

/** What the plan's run says while Temporal keeps it; an open one may be ahead of what is stored. */
async function headOfRun(
	planId: string,
	{ trails, running }: AuditRoutesDeps,
): Promise<AuditHead[]> {
	const plan = await running.readPlan(planId).catch((error: unknown) => {
		// One witness less: what is stored can be checked without it.
		if (error instanceof OrchestratorError) return undefined;
		throw error;
	});
	const [stored] = await trails.readHeads([planId]);
	const isStored =
		plan?.finished_at != null && plan.finished_at === stored?.finished_at;
	return plan?.audit_head != null && isStored ? [plan.audit_head] : [];
}

function parseHead(text: string): AuditHead {
	const [trail, sequence, hash = ""] = text.split(":");
	return { trail: Number(trail), sequence: Number(sequence), hash };
}

function cursorOf(key: string): string {
	return Buffer.from(JSON.stringify([key])).toString("base64url");
}

function keyIn(planId: string, cursor: string): string {
	const [key] = parseCursor(cursor);
	if (typeof key === "string" && key.startsWith(auditPrefix(planId)))
		return key;
	throw new OrchestratorError(
		"REQUEST_INVALID",
		"$.querystring.cursor is not one that this plan's audit trail gave",
	);
}
