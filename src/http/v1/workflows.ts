import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { TicketDocument } from "../../domain/documents.ts";
import { planQueries } from "../../domain/plan-run.ts";
import { withEstimate } from "../../domain/prediction/estimate.ts";
import { hasCode, OrchestratorError } from "../../errors.ts";
import type { PlanReads } from "../../plans/read-plans.ts";
import type { Workflows } from "../../plans/workflow-ports.ts";
import { invalidBody, problemResponses } from "../problems.ts";

export interface WorkflowRoutesDeps {
	workflows: Workflows;
	reads: Pick<PlanReads, "listTickets">;
}

const text = Type.Union([Type.String(), Type.Null()]);
export const workflowParamsSchema = Type.Object({ workflow_id: Type.String() });

const workflowSchema = Type.Object({
	workflow_id: Type.String(),
	status: Type.String({
		description:
			"Temporal's word: RUNNING, COMPLETED, FAILED and the like; a plan's own status is at /plans",
	}),
	start_time: Type.String({ format: "date-time" }),
	close_time: text,
	execution_time: text,
	workflow_type: Type.String(),
	task_queue: Type.String(),
	cached: Type.Boolean(),
	result_summary: Type.Union([
		Type.Object({
			status: Type.String(),
			tickets_generated: Type.Union([Type.Integer(), Type.Null()]),
		}),
		Type.Null(),
	]),
});

/** Queries with other names are internal. */
const queryNames = [
	planQueries.getStatus,
	planQueries.getTickets,
	planQueries.plan,
	planQueries.tickets,
	planQueries.why,
	planQueries.graph,
	planQueries.attempts,
] as const;

const queryBodySchema = Type.Object({
	query_name: Type.Unsafe<(typeof queryNames)[number]>(
		Type.Enum([...queryNames]),
	),
	args: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 10 })),
});
const queryAnswerSchema = Type.Object({
	workflow_id: Type.String(),
	query_name: Type.String(),
	result: Type.Unsafe<object>(
		Type.Object(
			{},
			{
				additionalProperties: true,
				description: "What is no object stands in it as `status` or `result`",
			},
		),
	),
});

/** Workflows by their id, on the paths and with the fields of the earlier service. */
export const workflowRoutes: FastifyPluginAsyncTypebox<
	WorkflowRoutesDeps
> = async (app, { workflows, reads }) => {
	app.get(
		"/workflows/:workflow_id",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getWorkflow",
				tags: ["Plans"],
				summary: "The workflow of a plan, as Temporal knows it",
				params: workflowParamsSchema,
				response: { 200: workflowSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { workflow_id } = request.params;
			const facts = await workflows.describe(workflow_id);
			if (facts === undefined) throw workflowNotFound(workflow_id);
			return { ...facts, cached: false };
		},
	);

	app.post(
		"/workflows/:workflow_id/query",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "queryWorkflow",
				tags: ["Plans"],
				summary: "Ask a plan's workflow a question; changes nothing",
				params: workflowParamsSchema,
				body: queryBodySchema,
				response: {
					200: queryAnswerSchema,
					202: queryAnswerSchema,
					...problemResponses,
				},
			},
		},
		async (request, reply) => {
			const { workflow_id } = request.params;
			const { query_name, args = [] } = request.body;
			checkSize(args);
			const isTickets = query_name === planQueries.getTickets;
			const result = isTickets
				? await askForTickets({ workflows, reads }, workflow_id, args)
				: wrap(await ask(workflows, workflow_id, query_name, args));
			const isProcessing = "processing" in result;
			return await reply
				.code(isTickets && isProcessing ? 202 : 200)
				.send({ workflow_id, query_name, result });
		},
	);
};

/** A workflow answers on its working thread, so the arguments must be small. */
const MAX_ARGS_CHARACTERS = 20_000;

function checkSize(args: readonly unknown[]): void {
	const { length } = JSON.stringify(args);
	if (length <= MAX_ARGS_CHARACTERS) return;
	throw invalidBody(
		"$.body.args",
		`has ${length} characters of JSON, at most ${MAX_ARGS_CHARACTERS} are allowed`,
	);
}

async function ask(
	workflows: Workflows,
	workflowId: string,
	name: string,
	args: readonly unknown[],
): Promise<unknown> {
	const answer = await workflows
		.query(workflowId, name, args)
		.catch((error: unknown) => {
			if (!hasCode(error, "REQUEST_INVALID")) throw error;
			throw invalidBody("$.body.args", `is refused: ${error.message}`);
		});
	if (answer === undefined) throw workflowNotFound(workflowId);
	return answer.result;
}

/** From the workflow; from MongoDB when the workflow cannot be asked or Temporal has forgotten it. */
async function askForTickets(
	{ workflows, reads }: WorkflowRoutesDeps,
	workflowId: string,
	args: readonly unknown[],
): Promise<object> {
	try {
		const name = planQueries.getTickets;
		const tickets = await ask(workflows, workflowId, name, args);
		// With arguments, an empty answer may mean that no ticket matches them.
		if (Array.isArray(tickets) && (tickets.length > 0 || args.length > 0))
			return {
				tickets: (tickets as TicketDocument[]).map(withEstimate),
				cached: false,
			};
		const message = "the workflow has no tickets yet";
		return { processing: true, tickets: [], message };
	} catch (error) {
		if (!mayBeStored(error)) throw error;
		const planId = workflows.planIdOf(workflowId);
		if (planId === undefined) throw error;
		const page = await reads.listTickets(planId, { offset: 0, limit: 500 });
		if (page === undefined || page.source !== "mongodb") throw error;
		const { tickets } = page.value;
		return { tickets, cached: false, fallback: true, source: "mongodb" };
	}
}

function mayBeStored(error: unknown): boolean {
	return (
		hasCode(error, "TEMPORAL_UNAVAILABLE") || hasCode(error, "PLAN_NOT_FOUND")
	);
}

function wrap(result: unknown): object {
	if (typeof result === "string") return { status: result };
	const isObject =
		typeof result === "object" && result !== null && !Array.isArray(result);
	return isObject ? result : { result };
}

/** The error for an unknown workflow id. */
export function workflowNotFound(workflowId: string): OrchestratorError {
	return new OrchestratorError(
		"PLAN_NOT_FOUND",
		`workflow ${workflowId} not found: no plan or decision has it`,
	);
}
