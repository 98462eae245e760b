import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type, { type Static } from "typebox";
import type { Author } from "../domain/author.ts";
import { httpSides } from "../domain/rollout/names.ts";
import { commandAuthor } from "../http/caller-facts.ts";
import {
	atMs,
	authorFields,
	nullable,
	nullableText,
	oneOf,
} from "../http/field-schemas.ts";
import { problemResponses } from "../http/problems.ts";

const sideSchema = oneOf(httpSides);
const port = Type.Integer();
const score = nullable(
	Type.Integer({
		description: "Of its health, 0 to 100; null: it does not answer",
	}),
);
const releaseSchema = Type.Object({
	rollout_id: Type.String(),
	strategy: Type.String(),
	target_build: Type.String(),
	dry_run: Type.Boolean(),
	phase: Type.String(),
	message: Type.String(),
	created_at: atMs,
	ended_at: nullable(atMs),
});
/** The newest release of this deployment. */
export type ReleaseStatus = Static<typeof releaseSchema>;

const instanceSchema = Type.Object({
	...{ side: sideSchema, port, build_id: nullableText, score },
	detail: Type.String({ description: "Why that is so" }),
});
/** One of the two instances behind nginx. */
export type InstanceStatus = Static<typeof instanceSchema>;

const statusSchema = Type.Object({
	mode: oneOf(["single", "bluegreen"] as const),
	emergency: Type.Boolean(),
	auto_switch_on_health: Type.Boolean(),
	version: Type.String(),
	build_id: Type.String({ description: "Of the process that answers" }),
	deployment: nullableText,
	variant: nullableText,
	active_side: nullable(
		oneOf(httpSides, "null: there is one instance, or nobody can tell"),
	),
	active_port: nullable(port),
	staging_port: nullable(port),
	health_score: score,
	instances: Type.Array(instanceSchema),
	release: nullable(releaseSchema),
	notes: Type.Array(Type.String(), {
		description: "What could not be found out, and what is wrong",
	}),
	disabled_features: Type.Array(Type.String()),
});
export type DeployStatus = Static<typeof statusSchema>;

export interface BlueGreenRequest {
	build_id: string;
	/** Everything but the switch. */
	dry_run: boolean;
}

/** What the routes of deployments ask for. */
export interface DeploySources {
	/** Reads, and changes nothing. Never throws. */
	status(): Promise<DeployStatus>;
	/** Throws COMMAND_REFUSED with what forbids it. */
	blueGreen(request: BlueGreenRequest, by: Author): Promise<ReleaseStatus>;
}

/** Deployments: who has the requests, and a release by blue-green. */
export const deployRoutes: FastifyPluginAsyncTypebox<{
	deploy: DeploySources;
}> = async (app, { deploy }) => {
	app.get(
		"/deploy/status",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getDeployStatus",
				tags: ["Deploy"],
				summary:
					"Which build has the requests, how well both are, and the last release",
				description: "Read from nginx and the instances; changes nothing.",
				response: { 200: statusSchema, ...problemResponses },
			},
		},
		() => deploy.status(),
	);
	app.post(
		"/deploy/bluegreen",
		{
			config: { role: "releaser" },
			schema: {
				operationId: "startBlueGreen",
				tags: ["Deploy"],
				summary: "Release the build of the staging instance",
				description:
					"Begins a release, which goes on by itself: smoke plans, three good health checks in a row, the switch of plans and requests, a time of verification. A dry run does everything but the switch.",
				body: Type.Object(
					{
						build_id: Type.String({
							pattern: "^[A-Za-z0-9._-]{1,80}$",
							description: "WORKER_BUILD_ID of the new build",
						}),
						dry_run: Type.Optional(Type.Boolean({ default: false })),
						...authorFields("Why"),
					},
					{ additionalProperties: false },
				),
				response: { 202: releaseSchema, ...problemResponses },
			},
		},
		async (request, reply) => {
			const { build_id, dry_run = false } = request.body;
			const by = commandAuthor(request, request.body);
			const begun = await deploy.blueGreen({ build_id, dry_run }, by);
			return await reply.code(202).send(begun);
		},
	);
};
