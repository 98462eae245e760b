import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type, { type Static } from "typebox";
import type { RedriveRequest } from "../domain/dead-letter.ts";
import { OrchestratorError } from "../errors.ts";
import { commandAuthor } from "../http/caller-facts.ts";
import { invalidBody, problemResponses } from "../http/problems.ts";
import {
	idempotencyHeadersSchema,
	redriveIdOf,
} from "../http/v1/idempotency-key.ts";
import type { DeadLetterSources } from "./ports.ts";
import {
	deadLetterIdSchema,
	filterSchema,
	redriveSchema,
	whoSchema,
} from "./schemas.ts";

const bodySchema = Type.Object(
	{
		...whoSchema,
		ids: Type.Optional(
			Type.Array(deadLetterIdSchema, {
				minItems: 1,
				maxItems: 1_000,
				description: "These letters; or give a filter",
			}),
		),
		filter: Type.Optional(
			Type.Object(filterSchema, {
				additionalProperties: false,
				description:
					"All letters that are open now and match, oldest first; `{}`: all",
			}),
		),
		rate_per_second: Type.Number({
			minimum: 0.1,
			maximum: 100,
			default: 10,
			description: "Letters sent a second at most",
		}),
	},
	{ additionalProperties: false },
);
type Body = Static<typeof bodySchema>;
const paramsSchema = Type.Object({
	redrive_id: Type.String({ minLength: 1, maxLength: 200 }),
});
const startedSchema = Type.Object({
	redrive_id: Type.String(),
	state: Type.Literal("running"),
});

/** `POST /dead-letters:redrive`, its progress and its stop. */
export const redriveRoutes: FastifyPluginAsyncTypebox<
	Pick<DeadLetterSources, "redrives">
> = async (app, { redrives }) => {
	app.post(
		// Two colons are one.
		"/dead-letters::redrive",
		{
			config: { role: "operator" },
			schema: {
				operationId: "redriveDeadLetters",
				tags: ["Dead letters"],
				summary: "Send many dead letters back to their topics, at a rate",
				description:
					"Durable from the answer on: goes on over restarts, and waits while Kafka or MongoDB is away.",
				headers: idempotencyHeadersSchema,
				body: bodySchema,
				response: { 202: startedSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const redrive_id = redriveIdOf(request.headers["idempotency-key"]);
			await redrives.start({
				redrive_id,
				...commandAuthor(request, request.body),
				requested_at: Date.now(),
				rate_per_second: request.body.rate_per_second,
				selection: selectionOf(request.body),
				corrected: null,
			});
			reply.header("location", `/api/v1/dead-letters/redrives/${redrive_id}`);
			reply.code(202);
			return { redrive_id, state: "running" as const };
		},
	);

	app.get(
		"/dead-letters/redrives/:redrive_id",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getRedrive",
				tags: ["Dead letters"],
				summary: "How far a re-drive is",
				params: paramsSchema,
				response: { 200: redriveSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { redrive_id } = request.params;
			const progress = await redrives.read(redrive_id);
			if (progress === undefined) throw redriveNotFound(redrive_id);
			return { redrive_id, ...progress };
		},
	);

	app.post(
		"/dead-letters/redrives/:redrive_id/stop",
		{
			config: { role: "operator" },
			schema: {
				operationId: "stopRedrive",
				tags: ["Dead letters"],
				summary: "End a re-drive after the letters at hand",
				params: paramsSchema,
				body: Type.Object(whoSchema, { additionalProperties: false }),
				response: { 200: redriveSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { redrive_id } = request.params;
			const by = commandAuthor(request, request.body);
			const isStopping = await redrives.stop(redrive_id, by);
			const progress = await redrives.read(redrive_id);
			if (progress === undefined) throw redriveNotFound(redrive_id);
			if (!isStopping) {
				const text = `re-drive ${redrive_id} has ended: it is ${progress.state}`;
				throw new OrchestratorError("COMMAND_REFUSED", text, { allowed: [] });
			}
			return { redrive_id, ...progress };
		},
	);
};

function selectionOf({ ids, filter }: Body): RedriveRequest["selection"] {
	if (ids !== undefined && filter === undefined) return { kind: "ids", ids };
	if (filter !== undefined && ids === undefined) {
		return { kind: "filter", filter };
	}
	throw invalidBody("$.body", "needs either ids or a filter");
}

function redriveNotFound(redriveId: string): OrchestratorError {
	return new OrchestratorError(
		"DEAD_LETTER_NOT_FOUND",
		`re-drive ${redriveId} not found, or no longer kept`,
	);
}
