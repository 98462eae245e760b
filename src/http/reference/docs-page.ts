import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { theme } from "./theme.ts";

/** `/docs`: the OpenAPI document for people to read and try; it needs no network. `/` leads there. */
export async function registerDocsPage(app: FastifyInstance): Promise<void> {
	// Before the page's own routes, which name no role.
	app.addHook("onRoute", (route) => {
		if (/^\/docs(\/|$)/.test(route.url)) {
			route.config = { ...route.config, role: "public" };
		}
	});
	// The service's bare address redirects here. Relative: a proxy may add a path.
	app.get(
		"/",
		{ config: { role: "public" }, schema: { hide: true } },
		async (_request, reply) => reply.redirect("docs"),
	);
	await app.register(swaggerUi, {
		routePrefix: "/docs",
		theme,
		uiConfig: {
			docExpansion: "list",
			deepLinking: true,
			displayRequestDuration: true,
			filter: true,
			persistAuthorization: false,
			defaultModelsExpandDepth: 0,
		},
	});
}
