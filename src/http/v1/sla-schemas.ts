import Type from "typebox";
import { atMs, nullable, oneOf } from "../field-schemas.ts";

const chance = Type.Number({ minimum: 0, maximum: 1 });
const missSchema = Type.Object(
	{
		chance,
		end_p10: atMs,
		end_p90: atMs,
		tickets: Type.Array(Type.Object({ task_id: Type.String(), chance }), {
			description: "Running tickets that may end after their own deadlines",
		}),
	},
	{
		description:
			"How likely the plan misses its deadline, by predictions along its critical path",
	},
);

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
					miss: Type.Optional(missSchema),
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
