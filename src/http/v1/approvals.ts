import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { PlanDocument } from "../../domain/documents.ts";
import type { PlanList } from "../../domain/plan-list.ts";
import type { StoredAnswers } from "../../plans/approval-ports.ts";
import type { PlanReads } from "../../plans/read-plans.ts";
import { problemResponses } from "../problems.ts";
import { sayWithSource } from "../say-source.ts";
import {
	type PendingApproval,
	pendingApprovalSchema,
	unmatchedAnswerSchema,
} from "./approval-schemas.ts";
import { createCursor } from "./cursor.ts";
import { planCursor } from "./plan-cursor.ts";
import { readSourceSchema } from "./plan-schemas.ts";

export interface ApprovalRoutesDeps {
	reads: Pick<PlanReads, "listPlans">;
	answers: StoredAnswers;
}

const querySchema = Type.Object(
	{
		state: Type.Unsafe<"pending" | "unmatched">(
			Type.Enum(["pending", "unmatched"], {
				default: "pending",
				description:
					"`pending`: plans that wait for a person, the longest wait first; `unmatched`: answers on Kafka that no plan waited for, newest first",
			}),
		),
		limit: Type.Integer({ minimum: 1, maximum: 500, default: 50 }),
		cursor: Type.Optional(
			Type.String({
				maxLength: 2_000,
				description: "`next_cursor` of the page before, with the same state",
			}),
		),
	},
	{ additionalProperties: false },
);

const listSchema = Type.Object({
	approvals: Type.Array(
		Type.Union([pendingApprovalSchema, unmatchedAnswerSchema]),
	),
	next_cursor: Type.Union([Type.String(), Type.Null()]),
	read_source: readSourceSchema,
});

const waiting: PlanList = {
	filter: { status: "AWAITING_APPROVAL" },
	sort: "created",
	order: "asc",
};

const waitingPlaces = planCursor(waiting);
const answerPlaces = createCursor("a list of unmatched answers", {
	recorded_at: "number",
	answer_id: "string",
});

interface Page {
	limit: number;
	cursor?: string;
}

/** `GET /approvals`: plans that wait for a person, and answers without effect. */
export const approvalRoutes: FastifyPluginAsyncTypebox<
	ApprovalRoutesDeps
> = async (app, { reads, answers }) => {
	app.get(
		"/approvals",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listApprovals",
				tags: ["Approvals"],
				summary: "Plans that wait for a person, and answers no plan waited for",
				querystring: querySchema,
				response: { 200: listSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { state, ...page } = request.query;
			if (state === "unmatched") {
				const list = await listUnmatched(answers, page);
				return sayWithSource(reply, list, "mongodb");
			}
			const { value, source } = await listPending(reads, page);
			return sayWithSource(reply, value, source);
		},
	);
};

async function listPending(
	reads: ApprovalRoutesDeps["reads"],
	{ limit, cursor }: Page,
) {
	const after = cursor === undefined ? undefined : waitingPlaces.decode(cursor);
	const { value, source } = await reads.listPlans({ ...waiting, after, limit });
	const approvals = value.plans.flatMap(pendingOf);
	const next_cursor = value.next && waitingPlaces.encode(value.next);
	return { value: { approvals, next_cursor }, source };
}

/** No entry for a plan whose document does not have its request yet. */
function pendingOf(plan: PlanDocument): PendingApproval[] {
	if (plan.approval === null) return [];
	const { plan_id, workflow_id, decision_id, intent_id } = plan;
	const { final_decision, risk_band, domain, tenant, plan_hash, approval } =
		plan;
	return [
		{
			...{ plan_id, workflow_id, decision_id, intent_id, final_decision },
			...{ risk_band, domain, plan_hash, ...approval },
			...(tenant !== undefined && { tenant }),
		},
	];
}

async function listUnmatched(answers: StoredAnswers, { limit, cursor }: Page) {
	const after = cursor === undefined ? undefined : answerPlaces.decode(cursor);
	// One item more than requested tells whether there is a next page.
	const found = await answers.listUnmatched({ after, limit: limit + 1 });
	const approvals = found.slice(0, limit);
	const last = found.length > limit ? approvals.at(-1) : undefined;
	return {
		approvals,
		next_cursor: last === undefined ? null : answerPlaces.encode(last),
	};
}
