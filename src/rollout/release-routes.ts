import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { rampUpOf, recommendWeight } from "../domain/rollout/recommend.ts";
import { type StoredRollout, viewOf } from "../domain/rollout/view.ts";
import { hasCode } from "../errors.ts";
import { commandAuthor } from "../http/caller-facts.ts";
import { problemResponses } from "../http/problems.ts";
import type { ApiRoutes } from "../http/server.ts";
import { idempotencyHeadersSchema } from "../http/v1/idempotency-key.ts";
import type { Budgets } from "../sla/budgets.ts";
import { type RolloutClient, rolloutNotFound } from "./client.ts";
import type { PanicAnswer, PanicRequest } from "./panic.ts";
import {
	commandOf,
	commandSchema,
	eventSchema,
	keptVerdictSchema,
	panicSchema,
	recommendationSchema,
	rolloutSchema,
	startSchema,
} from "./schemas.ts";
import type { Rollouts } from "./store.ts";

/** What the routes of releases ask for. */
export interface ReleaseSources {
	rollouts: Omit<Rollouts, "keepNew">;
	client: RolloutClient;
	/** Needs no controller. */
	panic(request: PanicRequest): Promise<PanicAnswer>;
	budgets: Pick<Budgets, "view">;
}

const paramsSchema = Type.Object({
	rollout: Type.String({
		...{ minLength: 1, maxLength: 250 },
		description: "A rollout's id, or a deployment: its newest rollout",
	}),
});
const limitOf = (maximum: number) =>
	Type.Integer({ minimum: 1, maximum, default: 50 });

/** Releases: what they do, what may be asked of them. */
export function releaseApi(sources: ReleaseSources): ApiRoutes {
	return async (app) => {
		await app.register(readRoutes, sources);
		await app.register(commandRoutes, sources);
	};
}

async function find(
	rollouts: ReleaseSources["rollouts"],
	name: string,
): Promise<StoredRollout> {
	const found = await rollouts.read(name);
	if (found === undefined) throw rolloutNotFound(name);
	return found;
}

const readRoutes: FastifyPluginAsyncTypebox<ReleaseSources> = async (
	app,
	{ rollouts, budgets },
) => {
	app.get(
		"/rollouts",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listRollouts",
				tags: ["Deploy"],
				summary: "Releases, newest first",
				querystring: Type.Object({
					deployment: Type.Optional(Type.String({ maxLength: 200 })),
					limit: limitOf(200),
				}),
				response: {
					200: Type.Object({ rollouts: Type.Array(rolloutSchema) }),
					...problemResponses,
				},
			},
		},
		async ({ query }) => {
			const found = await rollouts.list(query);
			const nowMs = Date.now();
			return { rollouts: found.map((one) => viewOf(one, nowMs)) };
		},
	);

	app.get(
		"/rollouts/:rollout",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getRollout",
				tags: ["Deploy"],
				summary: "How a release stands",
				description:
					"As its controller stored it, so it is answered while the controller is away: then `unwatchedForMs` says for how long.",
				params: paramsSchema,
				response: { 200: rolloutSchema, ...problemResponses },
			},
		},
		async ({ params }) =>
			viewOf(await find(rollouts, params.rollout), Date.now()),
	);

	app.get(
		"/rollouts/:rollout/events",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listRolloutEvents",
				tags: ["Deploy"],
				summary:
					"What happened in a release, who caused it and why; the last 500",
				params: paramsSchema,
				response: {
					200: Type.Object({ events: Type.Array(eventSchema) }),
					...problemResponses,
				},
			},
		},
		async ({ params }) => {
			const { state } = await find(rollouts, params.rollout);
			return { events: await rollouts.listEvents(state.rolloutId) };
		},
	);

	app.get(
		"/rollouts/:rollout/verdicts",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listRolloutVerdicts",
				tags: ["Deploy"],
				summary: "What the judge said, with its numbers, newest first",
				description:
					"Every change, and otherwise one a minute; kept for 90 days.",
				params: paramsSchema,
				querystring: Type.Object({ limit: limitOf(1_000) }),
				response: {
					200: Type.Object({ verdicts: Type.Array(keptVerdictSchema) }),
					...problemResponses,
				},
			},
		},
		async ({ params, query }) => {
			const { state } = await find(rollouts, params.rollout);
			const { rolloutId } = state;
			return { verdicts: await rollouts.listVerdicts(rolloutId, query.limit) };
		},
	);

	app.get(
		"/rollouts/:rollout/recommendation",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "recommendRollout",
				tags: ["Deploy"],
				summary: "The next weight, and how long it takes to know",
				params: paramsSchema,
				response: { 200: recommendationSchema, ...problemResponses },
			},
		},
		async ({ params }) => {
			const [found, { reading }] = await Promise.all([
				find(rollouts, params.rollout),
				budgets.view(),
			]);
			return recommendWeight(rampUpOf(found, reading?.budgets ?? []));
		},
	);
};

const commandRoutes: FastifyPluginAsyncTypebox<ReleaseSources> = async (
	app,
	{ rollouts, client, panic },
) => {
	app.post(
		"/rollouts",
		{
			config: { role: "releaser" },
			schema: {
				operationId: "startRollout",
				tags: ["Deploy"],
				summary: "Release a build",
				description:
					"In place of the release under way, if there is one: that one is undone first.",
				body: startSchema,
				response: { 202: rolloutSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { actor: _actor, reason: _reason, ...spec } = request.body;
			const by = commandAuthor(request, request.body);
			const state = await client.start(spec, by);
			reply.header("location", `/api/v1/rollouts/${state.rolloutId}`);
			return await reply
				.code(202)
				.send(viewOf({ state, look: null }, Date.now()));
		},
	);

	app.post(
		"/rollouts/:rollout/commands",
		{
			config: { role: "releaser" },
			schema: {
				operationId: "commandRollout",
				tags: ["Deploy"],
				summary: "Pause, resume, promote, undo or otherwise steer a release",
				description:
					"What the release cannot take now is answered with 409 and the verbs that it takes.",
				params: paramsSchema,
				headers: idempotencyHeadersSchema,
				body: commandSchema,
				response: { 200: rolloutSchema, ...problemResponses },
			},
		},
		async (request) => {
			const by = commandAuthor(request, request.body);
			const { rollout } = request.params;
			const known = await find(rollouts, rollout).catch(whileAway);
			// While MongoDB is away, a name is the deployment's.
			const deployment = known?.state.spec.deployment ?? rollout;
			const { verb, to } = request.body;
			const key = request.headers["idempotency-key"];
			const meant = known && { rolloutId: known.state.rolloutId };
			const state =
				verb === "retry"
					? await client.retry(deployment, by)
					: verb === "undo"
						? await client.undo(deployment, to, by)
						: await client.command(
								deployment,
								{ ...commandOf(request.body, by), ...meant },
								key,
							);
			return viewOf({ state, look: null }, Date.now());
		},
	);

	app.post(
		"/rollouts/:rollout/panic",
		{
			config: { role: "releaser" },
			schema: {
				operationId: "panicRollout",
				tags: ["Deploy"],
				summary: "All new plans to the old build, now",
				description:
					"Needs neither the controller nor MongoDB. The release is paused by it, as by any change from outside; abort ends it. `rollout` is the deployment.",
				params: paramsSchema,
				body: panicSchema,
				response: {
					200: Type.Object({}, { additionalProperties: true }),
					...problemResponses,
				},
			},
		},
		async (request) => {
			const by = commandAuthor(request, request.body);
			const { build } = request.body;
			const deployment = request.params.rollout;
			const asked = {
				deployment,
				...by,
				...(build !== undefined && { build }),
			};
			return { ...(await panic(asked)) };
		},
	);
};

function whileAway(error: unknown): undefined {
	if (!hasCode(error, "STORE_UNAVAILABLE")) throw error;
}
