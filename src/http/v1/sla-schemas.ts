import Type from "typebox";
import { atMs, nullable, oneOf } from "../field-schemas.ts";

/** The field `sla` of a plan. */
export const planSlaSchema = Type.Object(
	{
		deadline: atMs,
		source: oneOf(["decision", "longest-path"]),
		started_at: atMs,
		forecast: nullable(
			Type.Object(
				{
					at: atMs,
					predicted_end: atMs,
					remaining_ms: Type.Number(),
					late_from: Type.Integer({
						description:
							"Without further progress the prediction passes the deadline then. Unix epoch, ms",
					}),
					path: Type.Array(Type.String(), {
						description: "Task ids of the critical path, the first 20",
					}),
					path_length: Type.Integer(),
				},
				{ description: "null: no ticket is open" },
			),
		),
		checkpoints: Type.Array(
			Type.Object({
				name: oneOf(["post_ticket_generation", "post_ticket_publishing"]),
				at: atMs,
				predicted_end: nullable(atMs),
				deadline_approaching: Type.Boolean(),
				remaining_seconds: Type.Number(),
			}),
		),
		first_ticket_deadline: nullable(atMs),
		tickets_late: Type.Integer({
			description: "Ended tickets that broke a time promised for them",
		}),
	},
	{ description: "How the plan stands with its deadline" },
);
