import Type from "typebox";
import { taskTypes } from "../../schemas/execution-ticket.ts";
import { agentStatuses } from "../domain/registry/agent.ts";
import { agentLimits } from "../domain/registry/read-agent.ts";
import { atMs, authorFields, nullable, oneOf } from "../http/field-schemas.ts";

export const workerParamsSchema = Type.Object({
	agent_id: Type.String({
		minLength: 1,
		maxLength: agentLimits.idLength,
		pattern: "^[A-Za-z0-9][A-Za-z0-9._:@-]*$",
		description: "The agent's id in the registry",
	}),
});
export const taskTypeParamsSchema = Type.Object({
	task_type: oneOf(taskTypes, "Kind of work, as tickets name it"),
});

/** What a list of workers is filtered by. */
export const workerFilterSchema = {
	status: Type.Optional(
		oneOf([...agentStatuses, "PAUSED"], "PAUSED: those that are held back"),
	),
	capability: Type.Optional(
		Type.String({ minLength: 1, maxLength: agentLimits.wordLength }),
	),
};

export const pauseBodySchema = Type.Object(
	authorFields("Why; shown as long as it is held back"),
	{ additionalProperties: false },
);
export const resumeBodySchema = Type.Object(
	{
		...pauseBodySchema.properties,
		over_seconds: Type.Integer({
			minimum: 1,
			maximum: 86_400,
			default: 300,
			description:
				"Time over which the share of work grows from a tenth to all",
		}),
	},
	{ additionalProperties: false },
);

const pauseSchema = Type.Object({
	since_ms: atMs,
	actor: Type.String(),
	reason: Type.String(),
	share: Type.Number({
		minimum: 0,
		maximum: 1,
		description: "Of the work it would get otherwise; grows while it resumes",
	}),
});

/** What a pause or its end is answered with. */
export const heldSchema = Type.Object({
	kind: oneOf(["worker", "task_type"]),
	name: Type.String(),
	effect: Type.String({
		description: "What the pause holds back, and what it does not",
	}),
	...pauseSchema.properties,
	resumed: nullable(
		Type.Object({
			at_ms: atMs,
			actor: Type.String(),
			reason: Type.String(),
			over_ms: Type.Integer(),
		}),
	),
});

const workerFields = {
	agent_id: Type.String(),
	status: oneOf(agentStatuses),
	capabilities: Type.Array(Type.String()),
	namespace: Type.String(),
	security_level: Type.String(),
	slots: Type.Integer({ description: "Tickets it executes at once" }),
	active_tasks: nullable(
		Type.Integer({ description: "null: it does not say" }),
	),
	telemetry: nullable(
		Type.Object({
			success_rate: Type.Number({ description: "0 to 1" }),
			avg_duration_ms: Type.Number(),
			total_executions: Type.Integer(),
		}),
	),
	score: Type.Number({
		description: "0 to 1, as the registry ranks: health, telemetry, traces",
	}),
	traces: nullable(
		Type.Array(
			Type.Object({
				kind: Type.String({ description: "Task type and capability set" }),
				score: Type.Number({ description: "0 to 1; 0.5: nothing is known" }),
				success: Type.Number(),
				failure: Type.Number(),
				pace: nullable(
					Type.Number({
						description:
							"How many times as long as a model predicted its tickets took; null: no model predicted any",
					}),
				),
				at_ms: atMs,
			}),
			{
				description:
					"What outcomes of its tickets left, the newest kinds first; null: traces are off, or nobody knows them now",
			},
		),
	),
	kafka_client_id: nullable(Type.String()),
	registered_at: atMs,
	last_seen: atMs,
	paused: nullable(pauseSchema),
};

/** Where what is known of the workers comes from. */
export const viewFields = {
	source: oneOf(
		["registry", "last-known", "none"],
		"last-known: the registry does not answer; none: for so long that nothing is known",
	),
	age_ms: Type.Integer({ description: "How old this is" }),
};

export const workerSchema = Type.Object(workerFields);

export const workerDetailsSchema = Type.Object({
	...workerFields,
	executing: nullable(
		Type.Array(Type.Object({ ticket_id: Type.String(), since_ms: atMs }), {
			description: "null: it does not say what it works on, or is not asked",
		}),
	),
	version: nullable(Type.String()),
	cluster: nullable(Type.String()),
	...viewFields,
});
