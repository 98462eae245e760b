import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import Type from "typebox";

export interface ReferenceDeps {
	/** The document of the messages on Kafka, if there is one. */
	asyncApi: object | undefined;
}

const documentSchema = Type.Object({}, { additionalProperties: true });

/** The documents: `/openapi.json` and `/asyncapi.json`. */
export const referenceRoutes: FastifyPluginAsyncTypebox<ReferenceDeps> = async (
	app,
	{ asyncApi },
) => {
	app.get(
		"/openapi.json",
		{
			config: { role: "public" },
			schema: {
				operationId: "getOpenApi",
				tags: ["Reference"],
				summary: "This API, as OpenAPI 3.1",
				response: { 200: documentSchema },
			},
		},
		async () => app.swagger(),
	);
	if (asyncApi !== undefined) serveAsyncApi(app, asyncApi);
};

function serveAsyncApi(app: FastifyInstance, asyncApi: object): void {
	app.get(
		"/asyncapi.json",
		{
			config: { role: "public" },
			schema: {
				operationId: "getAsyncApi",
				tags: ["Reference"],
				summary: "Every topic, key, header and message, as AsyncAPI 3",
				response: { 200: documentSchema },
			},
		},
		async () => asyncApi,
	);
}
