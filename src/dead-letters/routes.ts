import { isUtf8 } from "node:buffer";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import {
	allowedVerbs,
	type DeadLetter,
	type DeadLetterBytes,
} from "../domain/dead-letter.ts";
import { parseJson } from "../domain/parse-json.ts";
import { OrchestratorError } from "../errors.ts";
import { problemResponses } from "../http/problems.ts";
import { createCursor } from "../http/v1/cursor.ts";
import { pageQuerySchema } from "../http/v1/page-query.ts";
import type { DeadLetterSources } from "./ports.ts";
import {
	deadLetterIdSchema,
	deadLetterSchema,
	deadLetterStateSchema,
	deadLetterSummarySchema,
	filterSchema,
} from "./schemas.ts";

export const deadLetterParamsSchema = Type.Object({ id: deadLetterIdSchema });

const places = createCursor("a list of dead letters", {
	dead_at: "number",
	id: "string",
});

const listQuerySchema = Type.Object(
	{
		...filterSchema,
		state: Type.Optional(deadLetterStateSchema),
		...pageQuerySchema,
	},
	{ additionalProperties: false },
);
const listSchema = Type.Object({
	dead_letters: Type.Array(deadLetterSummarySchema),
	next_cursor: Type.Union([Type.String(), Type.Null()]),
});

const MAX_TEXT_LENGTH = 65_536;

/** Reads of dead letters. */
export const deadLetterRoutes: FastifyPluginAsyncTypebox<
	Pick<DeadLetterSources, "stored" | "decode" | "redact">
> = async (app, { stored, ...reading }) => {
	app.get(
		"/dead-letters",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listDeadLetters",
				tags: ["Dead letters"],
				summary: "Dead letters, newest first",
				querystring: listQuerySchema,
				response: { 200: listSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { limit, cursor, ...filter } = request.query;
			const after = cursor === undefined ? undefined : places.decode(cursor);
			// One letter more than requested tells whether there is a next page.
			const found = await stored.list({ filter, after, limit: limit + 1 });
			const dead_letters = found.slice(0, limit);
			const last = found.length > limit ? dead_letters.at(-1) : undefined;
			const next_cursor = last === undefined ? null : places.encode(last);
			return { dead_letters, next_cursor };
		},
	);

	app.get(
		"/dead-letters/:id",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getDeadLetter",
				tags: ["Dead letters"],
				summary: "One dead letter: fault, message and history",
				params: deadLetterParamsSchema,
				response: { 200: deadLetterSchema, ...problemResponses },
			},
		},
		async (request) => {
			const letter = await stored.read(request.params.id);
			if (letter === undefined) throw letterNotFound(request.params.id);
			return await show(letter, reading);
		},
	);
};

/** The error for every request about a letter that does not exist. */
export function letterNotFound(id: string): OrchestratorError {
	return new OrchestratorError(
		"DEAD_LETTER_NOT_FOUND",
		`dead letter ${id} not found`,
	);
}

async function show(
	{ original, corrected, ...letter }: DeadLetter & DeadLetterBytes,
	{ decode, redact }: Pick<DeadLetterSources, "decode" | "redact">,
) {
	const read = await readOriginal(original, decode);
	const decoded = redact.parameters(read.decoded);
	const text = read.text && redact.text(read.text);
	const redacted = decoded !== read.decoded || text !== read.text;
	const bytes = redacted ? undefined : original?.toString("base64");
	return {
		...letter,
		...read,
		decoded,
		text,
		redacted,
		original_base64: bytes ?? null,
		corrected:
			corrected === null
				? null
				: redact.parameters(parseJson(corrected.toString())),
		allowed: allowedVerbs(letter, Date.now()),
	};
}

/** The decoded message, if it can be decoded. */
async function readOriginal(
	original: Buffer | null,
	decode: DeadLetterSources["decode"],
): Promise<{
	decoded: unknown;
	decode_error: string | null;
	text: string | null;
}> {
	if (original === null) {
		const decode_error = "the message was not kept";
		return { decoded: null, decode_error, text: null };
	}
	try {
		const decoded = await decode(original);
		return { decoded, decode_error: null, text: null };
	} catch (error) {
		const decode_error = error instanceof Error ? error.message : String(error);
		const text = isUtf8(original)
			? original.toString().slice(0, MAX_TEXT_LENGTH).toWellFormed()
			: null;
		return { decoded: null, decode_error, text };
	}
}
