import { randomUUID } from "node:crypto";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { canonicalJson } from "../../domain/canonical-json.ts";
import {
	allowedVerbs,
	type DeadLetter,
	type DeadLetterVerb,
} from "../../domain/dead-letter.ts";
import { OrchestratorError } from "../../errors.ts";
import type {
	DeadLetterSources,
	StoredDeadLetters,
} from "../dead-letter-sources.ts";
import { problemResponses } from "../problems.ts";
import { whoAsks } from "../who-asks.ts";
import { deadLetterStateSchema, whoSchema } from "./dead-letter-schemas.ts";
import { deadLetterParamsSchema, letterNotFound } from "./dead-letters.ts";

const discardBodySchema = Type.Object(whoSchema, {
	additionalProperties: false,
});
const redriveBodySchema = Type.Object(
	{
		...whoSchema,
		body: Type.Optional(
			Type.Unknown({
				description: "Sent as JSON instead of the original message",
			}),
		),
	},
	{ additionalProperties: false },
);
const answerSchema = Type.Object({
	id: Type.String(),
	state: deadLetterStateSchema,
	redrive_id: Type.Union([Type.String(), Type.Null()]),
});

/** What Temporal takes besides the rest of the request. */
const MAX_BODY_BYTES = 1_572_864;
const WAIT_MS = 8_000;

/** `POST /dead-letters/:id/{redrive,discard}`. */
export const deadLetterCommandRoutes: FastifyPluginAsyncTypebox<
	DeadLetterSources
> = async (app, { stored, redrives }) => {
	app.post(
		"/dead-letters/:id/discard",
		{
			config: { role: "operator" },
			schema: {
				operationId: "discardDeadLetter",
				tags: ["Dead letters"],
				summary: "Close a dead letter without sending it",
				params: deadLetterParamsSchema,
				body: discardBodySchema,
				response: { 200: answerSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { id } = request.params;
			const by = {
				action: "discarded" as const,
				...whoAsks(request, request.body),
				at: Date.now(),
				redrive_id: null,
			};
			if (!(await stored.discard(id, by))) {
				throw refusal("discard", await read(stored, id));
			}
			return { id, state: "discarded" as const, redrive_id: null };
		},
	);

	app.post(
		"/dead-letters/:id/redrive",
		{
			config: { role: "operator" },
			schema: {
				operationId: "redriveDeadLetter",
				tags: ["Dead letters"],
				summary: "Send a dead letter back to its topic, corrected if need be",
				description:
					"Answered with 202 and state `redriving` when Kafka or MongoDB let it wait; it goes on by itself.",
				params: deadLetterParamsSchema,
				body: redriveBodySchema,
				response: { 200: answerSchema, 202: answerSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { id } = request.params;
			const corrected = toText(request.body.body);
			const letter = await read(stored, id);
			if (!allowedVerbs(letter, Date.now()).includes("redrive")) {
				throw refusal("redrive", letter);
			}
			if (corrected === null && letter.original === null) {
				const text = `the message of dead letter ${id} was not kept: give a body`;
				throw new OrchestratorError("REQUEST_INVALID", text);
			}
			const redrive_id = randomUUID();
			await redrives.start({
				redrive_id,
				...whoAsks(request, request.body),
				requested_at: Date.now(),
				rate_per_second: 1,
				selection: { kind: "ids", ids: [id] },
				corrected,
			});
			const outcome = await redrives.outcome(redrive_id, WAIT_MS);
			if (outcome === undefined) {
				reply.code(202);
				return { id, state: "redriving" as const, redrive_id };
			}
			if (outcome.redriven === 0) {
				throw notSent(await read(stored, id), redrive_id);
			}
			return { id, state: "redriven" as const, redrive_id };
		},
	);
};

async function read(stored: Pick<StoredDeadLetters, "read">, id: string) {
	const letter = await stored.read(id);
	if (letter === undefined) throw letterNotFound(id);
	return letter;
}

function toText(body: unknown): string | null {
	if (body === undefined) return null;
	// As deep as it may be, it is written without recursion.
	const text = canonicalJson(body);
	if (Buffer.byteLength(text) <= MAX_BODY_BYTES) return text;
	throw new OrchestratorError(
		"REQUEST_INVALID",
		`$.body.body has more than ${MAX_BODY_BYTES} bytes`,
	);
}

/** Somebody else was faster, or the message cannot be sent: the letter's history says which. */
function notSent(letter: DeadLetter, redriveId: string): OrchestratorError {
	const last = letter.history.findLast(
		({ redrive_id }) => redrive_id === redriveId,
	);
	return last?.action === "redrive-failed"
		? new OrchestratorError("PUBLISH_REFUSED", last.reason)
		: refusal("redrive", letter);
}

function refusal(verb: DeadLetterVerb, letter: DeadLetter): OrchestratorError {
	const { id, state, history } = letter;
	const allowed = allowedVerbs(letter, Date.now());
	const by = history.at(-1)?.actor;
	const what = `${verb} is not possible: dead letter ${id} is ${state}`;
	return new OrchestratorError(
		"COMMAND_REFUSED",
		`${what}${by === undefined ? "" : ` by ${by}`}; possible now: ${allowed.join(", ") || "nothing"}`,
		{ allowed },
	);
}
