import Type from "typebox";
import { executionTicketSchema } from "../../../schemas/execution-ticket.ts";
import type { PlanGraph } from "../../domain/plan-graph.ts";
import {
	type TimelineKind,
	timelineKinds,
} from "../../domain/timeline-event.ts";
import { nullableText } from "../field-schemas.ts";
import { outcomeSchema } from "./plan-schemas.ts";

const atMs = Type.Union([
	Type.Integer({ description: "Unix epoch, ms" }),
	Type.Null(),
]);
const durationMs = Type.Number({ description: "ms" });
const { task_type, status } = executionTicketSchema.properties;

const nodeSchema = Type.Unsafe<PlanGraph["nodes"][number]>(
	Type.Object({
		task_id: Type.String(),
		ticket_id: Type.Union([Type.String(), Type.Null()], {
			description: "null: the task has no ticket yet",
		}),
		task_type,
		status,
		outcome: Type.Union([outcomeSchema, Type.Null()]),
		attempt: Type.Integer({ description: "0: no ticket yet" }),
		generation: Type.Integer({ description: "Grows with every rerun" }),
		estimated_duration_ms: durationMs,
		actual_duration_ms: Type.Union([durationMs, Type.Null()]),
		published_at: atMs,
		started_at: atMs,
		finished_at: atMs,
		agent_id: nullableText,
		error_message: nullableText,
	}),
);

/** Fields of every answer that shows a graph. */
export const planGraphFields = {
	nodes: Type.Array(nodeSchema),
	edges: Type.Array(
		Type.Object(
			{ from: Type.String(), to: Type.String() },
			{ description: "Task ids: `from` must complete before `to`" },
		),
	),
	critical_path: Type.Union(
		[
			Type.Object({
				task_ids: Type.Array(Type.String()),
				duration_ms: Type.Number({
					description:
						"Real durations of what has completed, estimates of the rest",
				}),
				remaining_ms: Type.Number({
					description: "Estimated duration of the longest remaining path",
				}),
			}),
			Type.Null(),
		],
		{
			description:
				"null: the plan has no tasks, or its dependencies go in a circle",
		},
	),
};

export const timelineEventSchema = Type.Object({
	id: Type.String(),
	at: Type.Integer({ description: "Unix epoch, ms" }),
	kind: Type.Unsafe<TimelineKind>(Type.Enum([...timelineKinds])),
	summary: Type.String({ description: "For people" }),
	details: Type.Unsafe<Record<string, unknown>>(
		Type.Object({}, { additionalProperties: true }),
	),
});
