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
		last_offset: Type.Optional(
			Type.String({ description: "Of several messages the last" }),
		),
		timestamp: Type.Integer(),
		key: nullable(
			Type.String({
				description: "As text; the letter's own key has the bytes",
			}),
		),
		key_bytes: Type.Optional(
			Type.Integer({
				minimum: 0,
				description: "Only when the letter's own key is not all of it",
			}),
		),
	}),
	headers: map(Type.String({ description: "As text; of a name the last" })),
	header_list: Type.Optional(
		Type.Array(
			record({
				name: Type.String(),
				value: Type.String(),
				value_base64: Type.Optional(
					nullable(
						Type.String({ description: "Bytes that are no text; null: none" }),
					),
				),
			}),
			{ description: "Only when `headers` does not say all, in their order" },
		),
	),
	headers_dropped: Type.Optional(
		Type.Integer({ minimum: 1, description: "Headers that are not kept" }),
	),
	failed_at: Type.Integer(),
	original_base64: nullable(
		Type.String({ description: "The message, byte by byte" }),
	),
	original_bytes: Type.Optional(
		Type.Integer({ minimum: 0, description: "Only when it is not here" }),
	),
});
