import { randomUUID } from "node:crypto";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type, { type Static } from "typebox";
import { atMs, nullable } from "./field-schemas.ts";

/** The service as it is configured. */
export interface ServiceFacts {
	name: string;
	version: string;
	/** Default: the version. */
	build?: string | undefined;
	/** Worker deployment; undefined: none. */
	deployment?: string | undefined;
	variant?: string;
}

export const identitySchema = Type.Object(
	{
		build_id: Type.String({
			description: "WORKER_BUILD_ID, else SERVICE_VERSION",
		}),
		deployment: nullable(
			Type.String({ description: "WORKER_DEPLOYMENT_NAME" }),
		),
		variant: nullable(Type.String({ description: "DEPLOYMENT_VARIANT" })),
		instance_id: Type.String({
			description: "Another one after every start",
		}),
		started_at: atMs,
	},
	{ description: "Who answers: a probe compares it with whom it means" },
);
export type Identity = Static<typeof identitySchema>;

/** The identity of a server of this process. */
export function identify({
	version,
	build = version,
	deployment,
	variant = "",
}: ServiceFacts): Identity {
	return {
		build_id: build,
		deployment: deployment ?? null,
		variant: variant === "" ? null : variant,
		instance_id: randomUUID(),
		started_at: Math.round(performance.timeOrigin),
	};
}

/** `/version`: answered by every process. */
export const versionRoute: FastifyPluginAsyncTypebox<{
	service: ServiceFacts;
	identity: Identity;
}> = async (app, { service, identity }) => {
	app.get(
		"/version",
		{
			config: { role: "public", rateLimit: false },
			schema: {
				operationId: "getVersion",
				tags: ["Health"],
				summary: "Which build answers, and since when it runs",
				response: {
					200: Type.Object({
						service: Type.String(),
						version: Type.String(),
						...identitySchema.properties,
					}),
				},
			},
		},
		async () => ({
			...{ service: service.name, version: service.version },
			...identity,
		}),
	);
};
