import { Type } from "typebox";
import { map, nullable, record } from "./avro-types.ts";

/** Why a message became a dead letter, with the message itself. JSON only. Times: Unix epoch, ms. */
export const deadLetterEnvelopeSchema = record({
	reason: Type.String({ description: "Code: MESSAGE_INVALID, LATE, ..." }),
	message: Type.String(),
	path: nullable(Type.String({ description: "JSON path of the first fault" })),
	problems: Type.Array(
		record({
			path: Type.String(),
			code: Type.String(),
			message: Type.String(),
		}),
	),
	problem_count: Type.Integer({
		minimum: 0,
		description: "The envelope keeps the first 50",
	}),
	hint: Type.String({ description: "What to do; empty: nothing is known" }),
	source: record({
		topic: Type.String(),
		partition: Type.Integer({ minimum: 0 }),
		offset: Type.String(),
		timestamp: Type.Integer(),
		key: nullable(Type.String()),
	}),
	headers: map(Type.String()),
	failed_at: Type.Integer(),
	original_base64: nullable(
		Type.String({ description: "The message, byte by byte" }),
	),
	original_bytes: Type.Optional(
		Type.Integer({ minimum: 0, description: "Only when it was too large" }),
	),
});
