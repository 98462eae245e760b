import Type from "typebox";
import { deadLetterStates } from "../domain/dead-letter.ts";
import { atMs, nullable, oneOf, personText } from "../http/field-schemas.ts";

const open = { additionalProperties: true } as const;

export const deadLetterIdSchema = Type.String({
	minLength: 1,
	maxLength: 400,
	description: "`{topic}:{partition}:{offset}` of the dead letter",
});
export const deadLetterStateSchema = oneOf(deadLetterStates);

/** Who asks and why; the actor may be left out by a caller whose credentials name them. */
export const whoSchema = {
	actor: Type.Optional(personText("Who asks; kept in the letter's history")),
	reason: personText("Why; kept in the letter's history"),
};

export const filterSchema = {
	topic: Type.Optional(
		Type.String({ maxLength: 249, description: "A dead letter topic" }),
	),
	reason: Type.Optional(
		Type.String({
			maxLength: 64,
			description: "Code of the fault, `MESSAGE_INVALID`",
		}),
	),
	plan_id: Type.Optional(
		Type.String({ maxLength: 250, description: "The plan a message names" }),
	),
};

const summaryFields = {
	id: deadLetterIdSchema,
	topic: Type.String(),
	partition: Type.Integer(),
	offset: Type.String(),
	dead_at: atMs,
	reason: Type.String({ description: "Code; UNKNOWN: not one of our letters" }),
	message: Type.String(),
	path: nullable(Type.String({ description: "JSON path of the first fault" })),
	hint: Type.String(),
	source: nullable(
		Type.Object({
			topic: Type.String(),
			partition: Type.Integer(),
			offset: Type.String(),
		}),
	),
	last_offset: Type.Optional(
		Type.String({
			description:
				"The last of several messages, of which `source` is the first",
		}),
	),
	plan_id: nullable(Type.String()),
	ticket_id: nullable(Type.String()),
	original_bytes: Type.Integer(),
	redriven_from: nullable(
		Type.String({ description: "The letter whose re-drive this one is" }),
	),
	redrive_attempt: Type.Integer(),
	returned_as: nullable(
		Type.String({ description: "The letter that the re-drive became" }),
	),
	state: deadLetterStateSchema,
	redrive: nullable(
		Type.Object({
			redrive_id: Type.String(),
			actor: Type.String(),
			reason: Type.String(),
			at: atMs,
			is_corrected: Type.Boolean(),
		}),
	),
	updated_at: atMs,
};

export const deadLetterSummarySchema = Type.Object(summaryFields, open);

export const deadLetterSchema = Type.Object(
	{
		...summaryFields,
		form: oneOf(["envelope", "raw", "reference", "foreign"]),
		key: nullable(
			Type.String({ description: "As text; its first 2000 bytes" }),
		),
		key_base64: Type.Optional(
			Type.String({
				description: "Its bytes, when they are no text or more than is shown",
			}),
		),
		key_bytes: Type.Optional(
			Type.Integer({
				description: "Length of the key in bytes, when it was not kept whole",
			}),
		),
		headers: Type.Array(
			Type.Object({
				name: Type.String(),
				value: Type.String({ description: "As text" }),
				value_base64: Type.Optional(
					Type.Union([Type.String(), Type.Null()], {
						description: "Its bytes, when they are no text; null: it has none",
					}),
				),
			}),
			{ description: "In their order; of one name there may be several" },
		),
		headers_dropped: Type.Optional(
			Type.Integer({ description: "How many were not kept" }),
		),
		problems: Type.Array(
			Type.Object({
				path: Type.String(),
				code: Type.String(),
				message: Type.String(),
			}),
		),
		problem_count: Type.Integer(),
		history: Type.Array(
			Type.Object({
				action: oneOf([
					"redrive-requested",
					"redriven",
					"redrive-failed",
					"discarded",
				]),
				actor: Type.String(),
				reason: Type.String(),
				at: atMs,
				redrive_id: nullable(Type.String()),
				idempotency_key: Type.Optional(Type.String()),
			}),
		),
		decoded: Type.Unknown({
			description: "The message, from JSON or Avro; null when it is neither",
		}),
		decode_error: nullable(Type.String()),
		text: nullable(
			Type.String({
				description:
					"What cannot be decoded but is text: its first 65536 characters",
			}),
		),
		redacted: Type.Boolean({
			description:
				"Sensitive values are hidden (***); a re-drive sends the message as it was",
		}),
		original_base64: nullable(
			Type.String({
				description:
					"null: it was too large, has no bytes, or something is hidden",
			}),
		),
		corrected: Type.Unknown({
			description: "What went back instead; null when the original did",
		}),
		allowed: Type.Array(oneOf(["redrive", "discard"]), {
			description: "What may be asked of the letter now",
		}),
	},
	open,
);

export const redriveSchema = Type.Object({
	redrive_id: Type.String(),
	state: oneOf(["running", "finished", "stopped", "failed"]),
	redriven: Type.Integer(),
	skipped: Type.Integer({
		description: "Letters that were not open (any more), or not there",
	}),
	failed: Type.Integer({
		description:
			"Letters that could not be sent; open again, their history says why",
	}),
	stopped_by: nullable(
		Type.Object({ actor: Type.String(), reason: Type.String() }),
	),
});
