import Type from "typebox";
import type { Via } from "../../domain/origin.ts";

/** How a request arrived. */
export const provenanceFields = {
	via: Type.Unsafe<Via>(
		Type.Object(
			{
				kind: Type.Enum(["rest", "cli", "temporal", "kafka"], {
					description: "kafka: with where its record lies",
				}),
				topic: Type.Optional(Type.String()),
				partition: Type.Optional(Type.Integer()),
				offset: Type.Optional(Type.String()),
			},
			{ description: "How it came" },
		),
	),
	authenticated: Type.Boolean({
		description: "Whether credentials prove the named author",
	}),
};
/** Who submitted a plan. */
export const originSchema = Type.Object(
	{
		submitted_by: Type.Union([Type.String(), Type.Null()], {
			description:
				"The name of the credentials, else the address; null: it came by Kafka, which names nobody",
		}),
		...provenanceFields,
	},
	{
		description: "Who handed the plan in; absent in plans of earlier releases",
	},
);
