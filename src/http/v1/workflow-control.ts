import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import type { PlanDocument } from "../../domain/documents.ts";
import { isFinalStatus } from "../../domain/plan-run.ts";
import type { PlanReads } from "../../plans/read-plans.ts";
import type { ResultReports, Workflows } from "../../plans/workflow-ports.ts";
import { nullable, personText } from "../field-schemas.ts";
import { giveReport } from "../give-report.ts";
import { problemResponses } from "../problems.ts";
import { idempotencyHeadersSchema } from "./idempotency-key.ts";
import {
	type CommandDeps,
	commandAnswerFields,
	giveCommand,
} from "./plan-commands.ts";
import { planStatusSchema } from "./plan-schemas.ts";
import { reportFields } from "./ticket-report.ts";
import { workflowNotFound, workflowParamsSchema } from "./workflows.ts";

export interface WorkflowControlDeps extends CommandDeps {
	workflows: Pick<Workflows, "describe" | "planIdOf">;
	reads: Pick<PlanReads, "readPlan">;
	results: ResultReports;
}

const dateTime = Type.String({ format: "date-time" });

const statusSchema = Type.Object({
	workflow_id: Type.String(),
	status: Type.String({
		description:
			"Temporal's word: RUNNING, COMPLETED, FAILED and the like; the plan's own is `plan_status`",
	}),
	started_at: dateTime,
	completed_at: nullable(dateTime),
	result: nullable(
		Type.Object(
			{
				status: planStatusSchema,
				tickets_generated: Type.Integer(),
				tickets_completed: Type.Integer(),
				tickets_failed: Type.Integer(),
			},
			{ description: "Of a plan that has ended" },
		),
	),
	error: nullable(
		Type.String({ description: "Why the plan did not succeed, if it says so" }),
	),
	plan_id: nullable(Type.String()),
	plan_status: nullable(planStatusSchema),
	stage: nullable(
		Type.String({ description: "The step, in words of the earlier service" }),
	),
});

/** Clients of the earlier service send neither an actor nor a reason. */
const askedFields = {
	actor: Type.Optional(
		personText(
			"Who asks; default: the name of the credentials, or the address",
		),
	),
	reason: Type.Optional(personText("Why; kept in the plan's history")),
	compensate: Type.Optional(
		Type.Boolean({ description: "Undo what was done" }),
	),
};
const cancelSchema = Type.Object(askedFields, { additionalProperties: false });
const signalNames = ["ticket_completed", "cancel_workflow"] as const;
const signalSchema = Type.Object({
	signal_name: Type.Unsafe<(typeof signalNames)[number]>(
		Type.Enum([...signalNames]),
	),
	data: Type.Optional(
		Type.Unsafe<Record<string, unknown>>(
			Type.Object(
				{
					...askedFields,
					ticket_id: Type.Optional(reportFields.ticket_id),
					result: Type.Optional(reportFields.result),
				},
				{
					additionalProperties: true,
					description:
						"`ticket_completed`: `ticket_id`, and `result` with what a record of execution.results has beside it; its status is COMPLETED unless it says otherwise. `cancel_workflow`: as the body of /cancel",
				},
			),
		),
	),
});
const cancelledSchema = Type.Object({
	workflow_id: Type.String(),
	...commandAnswerFields,
});
const signalledSchema = Type.Object({
	workflow_id: Type.String(),
	signal_name: Type.String(),
	status: Type.Literal("accepted"),
});

/** A workflow's status, its cancel and its signals, on the paths that clients of the earlier service use. */
export const workflowControlRoutes: FastifyPluginAsyncTypebox<
	WorkflowControlDeps
> = async (app, deps) => {
	const { workflows, reads, results } = deps;

	app.get(
		"/workflows/:workflow_id/status",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getWorkflowStatus",
				tags: ["Plans"],
				summary: "Whether a workflow runs, and what came of its plan",
				params: workflowParamsSchema,
				response: { 200: statusSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { workflow_id } = request.params;
			const facts = await workflows.describe(workflow_id);
			if (facts === undefined) throw workflowNotFound(workflow_id);
			const planId = workflows.planIdOf(workflow_id);
			const plan =
				planId === undefined ? undefined : await reads.readPlan(planId);
			return {
				workflow_id,
				status: facts.status,
				started_at: facts.start_time,
				completed_at: facts.close_time,
				...planFacts(plan?.value),
			};
		},
	);

	app.post(
		"/workflows/:workflow_id/cancel",
		{
			// Clients of the earlier service send none.
			preValidation: async (request) => {
				request.body ??= {};
			},
			config: { role: "operator" },
			schema: {
				operationId: "cancelWorkflow",
				tags: ["Commands"],
				summary: "End the plan of a workflow, as POST /plans/{plan_id}/cancel",
				params: workflowParamsSchema,
				headers: idempotencyHeadersSchema,
				body: cancelSchema,
				response: { 200: cancelledSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { workflow_id } = request.params;
			const planId = planOf(deps, workflow_id);
			return {
				workflow_id,
				...(await cancel(deps, request, planId, request.body)),
			};
		},
	);

	app.post(
		"/workflows/:workflow_id/signal",
		{
			config: { role: "operator" },
			schema: {
				operationId: "signalWorkflow",
				tags: ["Commands"],
				summary: "What clients of the earlier service tell a plan's workflow",
				description:
					"Under the rules of the commands and of results on Kafka, and answered when they have been asked: a refusal is an error.",
				params: workflowParamsSchema,
				headers: idempotencyHeadersSchema,
				body: signalSchema,
				response: { 200: signalledSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { workflow_id } = request.params;
			const { signal_name, data = {} } = request.body;
			const planId = planOf(deps, workflow_id);
			if (signal_name === "cancel_workflow") {
				await cancel(deps, request, planId, data);
			} else {
				const { ticket_id, result } = data;
				const own = typeof result === "object" ? result : {};
				const value = { status: "COMPLETED", ...own, ticket_id };
				await giveReport(results, { value, planId, path: "$.body.data" });
			}
			return { workflow_id, signal_name, status: "accepted" as const };
		},
	);
};

interface Asked {
	actor?: string;
	reason?: string;
	compensate?: boolean;
}

async function cancel(
	deps: WorkflowControlDeps,
	request: Pick<FastifyRequest, "identity" | "headers" | "ip">,
	planId: string,
	{ actor, reason, compensate }: Asked,
) {
	return await giveCommand(deps, request, planId, "cancel", {
		actor: actor ?? `a client at ${request.ip}`,
		reason: reason ?? "cancelled by its workflow's id",
		...(compensate !== undefined && { compensate }),
	});
}

function planOf(
	{ workflows }: Pick<WorkflowControlDeps, "workflows">,
	workflowId: string,
): string {
	const planId = workflows.planIdOf(workflowId);
	if (planId === undefined) throw workflowNotFound(workflowId);
	return planId;
}

function planFacts(plan: PlanDocument | undefined) {
	if (plan === undefined)
		return {
			result: null,
			error: null,
			plan_id: null,
			plan_status: null,
			stage: null,
		};
	const { plan_id, status, stage, error_message, problems } = plan;
	const { tickets_generated, tickets_completed, tickets_failed } = plan;
	const counts = { tickets_generated, tickets_completed, tickets_failed };
	const isEnded = isFinalStatus(status);
	return {
		result: isEnded ? { status, ...counts } : null,
		error: isEnded ? (error_message ?? problems[0]?.message ?? null) : null,
		plan_id,
		plan_status: status,
		stage,
	};
}
