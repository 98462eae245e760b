import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import {
	type CommandAnswer,
	commandPriorities,
	type PlanCommand,
	type PlanCommandName,
	planUpdates,
} from "../../domain/plan-run.ts";
import { hasCode, OrchestratorError } from "../../errors.ts";
import type { RunningPlans, StoredPlans } from "../../plans/plan-ports.ts";
import { commandAuthor, provenanceOf } from "../caller-facts.ts";
import { authorFields, personText } from "../field-schemas.ts";
import { problemResponses } from "../problems.ts";
import {
	idempotencyHeadersSchema,
	refuseReservedKey,
} from "./idempotency-key.ts";
import { planStatusSchema } from "./plan-schemas.ts";
import { planParamsSchema } from "./plans.ts";

const who = authorFields("Why; kept in the plan's history");
const closed = { additionalProperties: false } as const;
const reasonOnly = Type.Object(who, closed);
const answer = Type.Object(
	{
		...who,
		plan_hash: Type.Optional(
			Type.String({
				pattern: "^[0-9a-f]{64}$",
				description:
					"`plan_hash` of the plan that was looked at; another plan is refused",
			}),
		),
	},
	closed,
);

/** The fields of each command beside the actor and the reason. */
const bodySchemas = {
	cancel: Type.Object(
		{
			...who,
			compensate: Type.Optional(
				Type.Boolean({ description: "Undo what was done" }),
			),
		},
		closed,
	),
	pause: reasonOnly,
	resume: reasonOnly,
	approve: answer,
	reject: answer,
	rerun: Type.Object(
		{
			...who,
			task_id: personText(
				"The task that runs again, with all that depends on it",
			),
		},
		closed,
	),
	priority: Type.Object(
		{
			...who,
			priority: Type.Enum([...commandPriorities], {
				description: "Of all tickets that are not published yet",
			}),
		},
		closed,
	),
} satisfies Record<PlanCommandName, unknown>;

const summaries: Record<PlanCommandName, string> = {
	cancel: "End a plan: nothing more is published",
	pause: "Publish nothing until the plan is resumed",
	resume: "Let a paused plan go on",
	approve: "Let a plan run that waits for a person",
	reject: "End a plan that waits for a person",
	rerun:
		"Run one task again with all that depends on it, also of a plan that has ended",
	priority: "Give the tickets that are not published yet another priority",
};

export const commandAnswerFields = {
	plan_id: Type.String(),
	status: planStatusSchema,
	command_id: Type.String({ description: "Its entry in the plan's history" }),
	outcome: Type.String({ description: "What the command did" }),
	details: Type.Record(Type.String(), Type.Unknown()),
};
const answerSchema = Type.Object(commandAnswerFields);

export interface CommandDeps {
	running: Pick<RunningPlans, "command">;
	stored: Pick<StoredPlans, "readPlan">;
}

/** `POST /plans/:plan_id/{cancel,pause,...}`: answered when the plan's run has answered. */
export const planCommandRoutes: FastifyPluginAsyncTypebox<CommandDeps> = async (
	app,
	deps,
) => {
	for (const name of Object.keys(planUpdates) as PlanCommandName[]) {
		app.post(
			`/plans/:plan_id/${name}`,
			{
				config: { role: "operator" },
				schema: {
					operationId: `${name}Plan`,
					tags: ["Commands"],
					summary: summaries[name],
					params: planParamsSchema,
					headers: idempotencyHeadersSchema,
					body: bodySchemas[name],
					response: { 200: answerSchema, ...problemResponses },
				},
			},
			async (request) =>
				await giveCommand(
					deps,
					request,
					request.params.plan_id,
					name,
					request.body,
				),
		);
	}
};

/** Sends the command to the plan's run in the caller's name, under the request's key if it has one. */
export async function giveCommand(
	{ running, stored }: CommandDeps,
	request: Pick<FastifyRequest, "identity" | "headers">,
	planId: string,
	name: PlanCommandName,
	asked: Omit<PlanCommand, "actor"> & { actor?: string },
): Promise<Omit<CommandAnswer, "command_hash">> {
	// The header's schema allows a single text.
	const key = request.headers["idempotency-key"] as string | undefined;
	refuseReservedKey(key);
	const command = {
		...asked,
		...commandAuthor(request, asked),
		...provenanceOf(request),
		...(key === undefined ? {} : { idempotency_key: key }),
	};
	const { command_hash: _hash, ...answer } = await running
		.command(planId, name, command)
		.catch(async (error: unknown) => {
			throw (await goneRun(stored, planId, error)) ?? error;
		});
	return answer;
}

/** The error when the plan can be read, but Temporal has no run of it (any more). */
async function goneRun(
	stored: Pick<StoredPlans, "readPlan">,
	planId: string,
	error: unknown,
): Promise<OrchestratorError | undefined> {
	const plan = hasCode(error, "PLAN_NOT_FOUND")
		? await stored.readPlan(planId)
		: undefined;
	if (plan === undefined) return undefined;
	const why =
		plan.kind === "plan"
			? `is ${plan.status}, and its run is no longer kept in Temporal`
			: "never ran: only a decision about it is recorded";
	return new OrchestratorError("COMMAND_REFUSED", `plan ${planId} ${why}`, {
		cause: error,
		allowed: [],
	});
}
