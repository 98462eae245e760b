import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { sortedJson } from "../domain/canonical-json.ts";
import {
	allowedVerbs,
	type DeadLetter,
	type DeadLetterBytes,
	type DeadLetterRecord,
	type DeadLetterVerb,
	type RedriveRequest,
} from "../domain/dead-letter.ts";
import { findRedacted, REDACTED } from "../domain/redact.ts";
import { OrchestratorError } from "../errors.ts";
import { commandAuthor } from "../http/caller-facts.ts";
import { invalidBody, problemResponses } from "../http/problems.ts";
import {
	idempotencyHeadersSchema,
	redriveIdOf,
} from "../http/v1/idempotency-key.ts";
import type { DeadLetterSources, StoredDeadLetters } from "./ports.ts";
import { deadLetterParamsSchema, letterNotFound } from "./routes.ts";
import { deadLetterStateSchema, whoSchema } from "./schemas.ts";

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
				headers: idempotencyHeadersSchema,
				body: discardBodySchema,
				response: { 200: answerSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { id } = request.params;
			const key = request.headers["idempotency-key"];
			const by = {
				action: "discarded" as const,
				...commandAuthor(request, request.body),
				at: Date.now(),
				redrive_id: null,
				...(key !== undefined && { idempotency_key: key }),
			};
			if (!(await stored.discard(id, by))) {
				const letter = await read(stored, id);
				if (!isRepeated(letter, by)) throw refusal("discard", letter);
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
				headers: idempotencyHeadersSchema,
				body: redriveBodySchema,
				response: { 200: answerSchema, 202: answerSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { id } = request.params;
			const key = request.headers["idempotency-key"];
			const redrive_id = redriveIdOf(key);
			const asked: RedriveRequest = {
				redrive_id,
				...commandAuthor(request, request.body),
				requested_at: Date.now(),
				rate_per_second: 1,
				selection: { kind: "ids", ids: [id] },
				corrected: toText(request.body.body),
			};
			if (key === undefined || !(await redrives.isStarted(asked))) {
				refuseUnlessSendable(await read(stored, id), asked);
				await redrives.start(asked);
			}
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
	const hidden = findRedacted(body);
	if (hidden !== undefined)
		throw invalidBody(
			`$.body.body${hidden.slice(1)}`,
			`is ${REDACTED}, which stands for a value that was hidden: put the value in its place`,
		);
	// JSON of any depth is written without recursion.
	const text = sortedJson(body);
	if (Buffer.byteLength(text) <= MAX_BODY_BYTES) return text;
	throw invalidBody("$.body.body", `has more than ${MAX_BODY_BYTES} bytes`);
}

function refuseUnlessSendable(
	letter: DeadLetter & DeadLetterBytes,
	{ corrected }: RedriveRequest,
): void {
	if (!allowedVerbs(letter, Date.now()).includes("redrive")) {
		throw refusal("redrive", letter);
	}
	if (corrected !== null || letter.original !== null) return;
	// A message that the letter only refers to is read from its topic, if Kafka still has it.
	if (letter.source === null || letter.last_offset !== undefined) {
		const problem = `is missing: the message of dead letter ${letter.id} was not kept, so give one`;
		throw invalidBody("$.body.body", problem);
	}
}

/**
 * Whether this very discard was done before. Throws IDEMPOTENCY_KEY_REUSED when the key was used for another
 * one.
 */
function isRepeated(
	{ id, history }: DeadLetter,
	{ idempotency_key, actor, reason }: DeadLetterRecord,
): boolean {
	if (idempotency_key === undefined) return false;
	const before = history.find((one) => one.idempotency_key === idempotency_key);
	if (before === undefined) return false;
	if (before.actor === actor && before.reason === reason) return true;
	throw new OrchestratorError(
		"IDEMPOTENCY_KEY_REUSED",
		`idempotency key ${idempotency_key} was used by ${before.actor} to discard dead letter ${id}: ask under a new key`,
	);
}

/** Another re-drive was faster, or the message cannot be sent: the letter's history says which. */
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
