// Its types let route schemas name `operationId`, `tags` and `summary`.
import type {} from "@fastify/swagger";

/** Who may use a route, weakest first; `public` needs no credentials. Each role may do what those before it may. */
export const routeRoles = ["public", "viewer", "operator", "releaser"] as const;
export type RouteRole = (typeof routeRoles)[number];

/** Who asks: the name stands in every audit record of what was asked for. */
export interface Identity {
	name: string;
	role: RouteRole;
}

declare module "fastify" {
	interface FastifyContextConfig {
		/** Every route declares it; a server with a route that does not will not start. */
		role?: RouteRole;
	}
	interface FastifyRequest {
		/** Who asks; null while nobody is known (public routes, `AUTH_MODE=none`). */
		identity: Identity | null;
	}
}
