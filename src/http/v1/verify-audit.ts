import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { AuditHead } from "../../domain/audit-chain.ts";
import { type AuditFault, auditFaultKinds } from "../../domain/audit-heads.ts";
import { OrchestratorError } from "../../errors.ts";
import {
	MAX_FAULTS,
	verifyAll,
	verifyHeads,
} from "../../plans/verify-all-audits.ts";
import {
	type AuditVerdict,
	type VerifyAuditDeps,
	verifyPlan,
} from "../../plans/verify-audit.ts";
import { problemResponses } from "../problems.ts";

const planId = Type.String({
	minLength: 1,
	maxLength: 1_000,
	description: "Default: all plans",
});
const verifyQuerySchema = Type.Object(
	{
		plan_id: Type.Optional(planId),
		head: Type.Optional(
			Type.String({
				pattern: "^[0-9]{1,15}:[0-9]{1,9}:[0-9a-f]{64}$",
				description:
					"`{trail}:{sequence}:{hash}` of a telemetry frame's `audit_head`, with `plan_id`: finds what was done to the trail together with the plan's own word of it",
			}),
		),
	},
	{ additionalProperties: false },
);
const givenHeadsSchema = Type.Object(
	{
		plan_id: Type.Optional(planId),
		heads: Type.Array(
			Type.Object(
				{
					plan_id: Type.String({ minLength: 1, maxLength: 1_000 }),
					trail: Type.Integer({ minimum: 0, maximum: 999_999_999_999_999 }),
					sequence: Type.Integer({ minimum: 1, maximum: 999_999_999 }),
					hash: Type.String({ pattern: "^[0-9a-f]{64}$" }),
				},
				{ additionalProperties: false },
			),
			{
				minItems: 1,
				maxItems: 1_000,
				description: "`audit_head` of telemetry frames, each with its plan",
			},
		),
	},
	{ additionalProperties: false },
);
const countOf = (description: string) => Type.Integer({ description });
const verdictSchema = Type.Unsafe<AuditVerdict>(
	Type.Object({
		ok: Type.Boolean(),
		plans: countOf("That have a trail"),
		records: Type.Integer(),
		left_over: countOf(
			"Records that lost tries of workflow tasks have left; they count for nothing",
		),
		purged: countOf("Trails that a purge has closed"),
		purges: Type.Optional(
			Type.Array(
				Type.Object({
					at: countOf("Unix epoch, ms"),
					actor: Type.String(),
					reason: Type.String(),
					last_hash: Type.Union([Type.String(), Type.Null()]),
					last_sequence: countOf("Of the last record before"),
				}),
				{
					description:
						"With plan_id: the records that close what was purged; each names the last record before by its hash",
				},
			),
		),
		witnesses: Type.Object(
			{
				temporal: Type.Union([Type.Integer(), Type.Null()], {
					description: "null: Temporal could not be asked",
				}),
				given: Type.Integer(),
				signatures: Type.Integer(),
			},
			{
				description:
					"How many heads the trails were held against beside what is stored with them; none: a trail that was replaced as a whole is not found",
			},
		),
		faults: Type.Array(
			Type.Object({
				plan_id: Type.String(),
				sequence: countOf("0: it is not about one record"),
				kind: Type.Unsafe<AuditFault["kind"]>(Type.Enum([...auditFaultKinds])),
				detail: Type.String(),
			}),
			{ description: `The first of each plan, of at most ${MAX_FAULTS} plans` },
		),
	}),
);

/** Verifies audit trails: against the stored records, the plans' runs, and given heads. */
export const verifyAuditRoutes: FastifyPluginAsyncTypebox<
	VerifyAuditDeps
> = async (app, deps) => {
	app.get(
		"/audit/verify",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "verifyAudit",
				tags: ["Audit"],
				summary: "Whether the audit trails hold; else the first fault of each",
				querystring: verifyQuerySchema,
				response: { 200: verdictSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { plan_id, head } = request.query;
			if (plan_id !== undefined)
				return await verifyOne(
					deps,
					plan_id,
					head === undefined ? [] : [parseHead(head)],
				);
			if (head === undefined) return await verifyAll(deps);
			throw new OrchestratorError(
				"REQUEST_INVALID",
				"$.querystring.head needs plan_id beside it",
			);
		},
	);

	app.post(
		"/audit/verify",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "verifyAuditHeads",
				tags: ["Audit"],
				summary:
					"Whether these heads are in their plans' trails; with `plan_id` whether that plan's trail holds against those of its own",
				body: givenHeadsSchema,
				response: { 200: verdictSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { plan_id, heads } = request.body;
			const given = heads.map(({ plan_id, ...head }) => ({ plan_id, head }));
			if (plan_id === undefined) return await verifyHeads(deps, given);
			const own = given.filter((one) => one.plan_id === plan_id);
			return await verifyOne(
				deps,
				plan_id,
				own.map(({ head }) => head),
			);
		},
	);
};

async function verifyOne(
	deps: VerifyAuditDeps,
	planId: string,
	given: readonly AuditHead[],
): Promise<AuditVerdict> {
	const verdict = await verifyPlan(deps, planId, given);
	const { temporal } = verdict.witnesses;
	if (verdict.plans > 0 || given.length > 0 || temporal) return verdict;
	throw new OrchestratorError(
		"PLAN_NOT_FOUND",
		`there is no audit trail of plan ${planId}`,
	);
}

function parseHead(text: string): AuditHead {
	const [trail, sequence, hash = ""] = text.split(":");
	return { trail: Number(trail), sequence: Number(sequence), hash };
}
