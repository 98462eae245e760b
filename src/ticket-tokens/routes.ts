import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { JWK } from "jose";
import Type from "typebox";
import { problemResponses } from "../http/problems.ts";
import type { ApiRoutes } from "../http/server.ts";
import type { Introspection, TicketTokenSources } from "./ports.ts";

interface Deps {
	ticketTokens: TicketTokenSources;
}

const introspectionSchema = Type.Unsafe<Introspection>(
	Type.Object({
		active: Type.Boolean(),
		iss: Type.Optional(Type.String()),
		aud: Type.Optional(Type.String()),
		jti: Type.Optional(Type.String({ description: "The attempt's wire id" })),
		plan_id: Type.Optional(Type.String()),
		task_id: Type.Optional(Type.String()),
		attempt: Type.Optional(Type.Integer({ description: "From 1" })),
		capabilities: Type.Optional(Type.Array(Type.String())),
		iat: Type.Optional(Type.Integer({ description: "Unix epoch, seconds" })),
		exp: Type.Optional(Type.Integer({ description: "Unix epoch, seconds" })),
	}),
);

/** `POST /ticket-tokens/introspect`. */
export const ticketTokenRoutes: FastifyPluginAsyncTypebox<Deps> = async (
	app,
	{ ticketTokens },
) => {
	app.post(
		"/ticket-tokens/introspect",
		{
			config: { role: "viewer", orRole: "worker" },
			schema: {
				operationId: "introspectTicketToken",
				tags: ["Tickets"],
				summary: "Whether a ticket's token is good: its attempt is still open",
				description:
					"As RFC 7662 says it, with a JSON body. A token ends with its attempt, whatever its `exp`; one that is not active says nothing else.",
				body: Type.Object({
					token: Type.String({ minLength: 1, maxLength: 8_000 }),
				}),
				response: { 200: introspectionSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			reply.header("cache-control", "no-store");
			return await ticketTokens.introspect(request.body.token);
		},
	);
};

/** `GET /.well-known/jwks.json`, for whoever is shown a ticket's token. */
export function jwksApi(ticketTokens: TicketTokenSources): ApiRoutes {
	return async (app) => {
		app.get(
			"/.well-known/jwks.json",
			{
				config: { role: "public" },
				schema: {
					operationId: "getTicketKeys",
					tags: ["Tickets"],
					summary: "The keys that tokens of tickets are signed with",
					response: {
						200: Type.Object({
							keys: Type.Array(
								Type.Unsafe<JWK>(
									Type.Object(
										{ kid: Type.String(), kty: Type.String() },
										{ additionalProperties: true },
									),
								),
							),
						}),
						...problemResponses,
					},
				},
			},
			async (_, reply) => {
				reply.header("cache-control", "public, max-age=60");
				return { keys: await ticketTokens.publishedKeys() };
			},
		);
	};
}
