import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { areas } from "./areas.ts";
import { describeRoute } from "./describe-route.ts";
import { collectNamed } from "./name-schemas.ts";

type Tree = Record<string, unknown>;

const DESCRIPTION = `Runs approved plans, each a graph of tasks, as durable workflows.

Whatever fails is answered with problem details (RFC 9457): programs decide by \`code\`, people read \`detail\` and \`hint\`, and \`request_id\` finds the request in the log. A body that is no JSON is answered with 400, one that is JSON and not what the operation takes with 422; paths, queries and headers that are not valid with 400. What may succeed later is answered with 503 or 429 and \`Retry-After\`.

Times are Unix epoch, ms, unless a field says otherwise.

For programs: [/openapi.json](/openapi.json), and [/asyncapi.json](/asyncapi.json) for the messages on Kafka.`;

/** Collects every route from now on; the document is made from their schemas at the first request. */
export async function registerOpenApi(
	app: FastifyInstance,
	{ version }: { version: string },
): Promise<void> {
	await app.register(swagger, {
		openapi: {
			openapi: "3.1.0",
			info: {
				title: "Orchestrator API",
				description: DESCRIPTION,
				version,
			},
			servers: [{ url: "/", description: "This process" }],
			tags: [...areas],
			components: {
				securitySchemes: {
					bearer: {
						type: "http",
						scheme: "bearer",
						description:
							"A token of the service (`orchestrator token create`), or a JSON web token of the identity provider, as the service is configured. Roles: viewer reads; worker reports what became of its tickets, and nothing else; operator reads, hands in plans and commands them; releaser also decides on versions. Where the service is configured to ask nobody, none is needed.",
					},
				},
			},
		},
		transform: ({ schema, url, route }) => ({
			schema: schema?.hide ? schema : describeRoute(schema ?? {}, route),
			url,
		}),
		transformObject: (made) =>
			"openapiObject" in made
				? (finish(made.openapiObject as unknown as Tree) as never)
				: made.swaggerObject,
	});
}

/** Gives schemas their names, and separates problems from other answers. */
function finish(document: Tree): Tree {
	const schemas: Tree = {};
	const paths = collectNamed(document.paths, schemas) as Record<
		string,
		Record<string, Tree>
	>;
	const operations = Object.values(paths).flatMap((path) =>
		Object.values(path),
	);
	for (const { responses } of operations) markProblems(responses as Tree);
	const sorted = Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1));
	return {
		...document,
		paths,
		components: {
			...(document.components as Tree),
			schemas: Object.fromEntries(sorted),
		},
	};
}

function markProblems(responses: Tree): void {
	for (const response of Object.values(responses) as Tree[]) {
		const [media] = Object.values((response.content ?? {}) as Tree) as {
			schema?: { $ref?: string };
		}[];
		if (media?.schema?.$ref === "#/components/schemas/Problem") {
			response.content = { "application/problem+json": media };
		}
	}
}
