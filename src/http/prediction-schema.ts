import Type from "typebox";
import type { TicketPrediction } from "../domain/prediction/prediction.ts";
import { nullable, nullableText, oneOf } from "./field-schemas.ts";

const ms = Type.Integer({ description: "ms" });

/** How long a ticket was predicted to run, and how sure that was. */
export const predictionSchema = Type.Unsafe<TicketPrediction>(
	Type.Object({
		duration_ms: Type.Integer({ description: "The median, ms" }),
		p10_ms: ms,
		p90_ms: ms,
		duration_confidence: Type.Number({
			description: "0 to 1; 1: an interval of no width",
		}),
		resource_estimate: Type.Object({
			cpu_m: Type.Number({ description: "Millicores" }),
			memory_mb: Type.Number(),
		}),
		anomaly: Type.Object({
			is_anomaly: Type.Boolean(),
			anomaly_score: nullable(Type.Number({ description: "0 to 1" })),
			anomaly_type: nullable(
				oneOf([
					"resource_mismatch",
					"qos_inconsistency",
					"duration_outlier",
					"capability_anomaly",
				]),
			),
			explanation: nullableText,
		}),
		model: nullable(Type.String({ description: "`name@version+correction`" })),
		source: oneOf(
			["model", "estimate", "fallback"],
			"estimate: there is no model; fallback: it could not be used; both: the ticket's own estimate",
		),
	}),
);

/** How busy the worker will be when the ticket comes, of tickets that a model predicts. */
export const queueFields = {
	predicted_queue_ms: Type.Optional(
		Type.Integer({
			description: "How long the tickets before it keep it waiting, to 60,000",
		}),
	),
	predicted_load_pct: Type.Optional(
		Type.Number({ description: "Share of the worker's slots, 0 to 1" }),
	),
};
