// Its types let route schemas name `operationId`, `tags` and `summary`.
import type {} from "@fastify/swagger";

/** Who may use a route; `public` needs no credentials. */
export const routeRoles = [
	...(["public", "viewer", "worker"] as const),
	...(["operator", "releaser"] as const),
] as const;
export type RouteRole = (typeof routeRoles)[number];

/** What a caller may have. */
export const callerRoles = [
	...(["viewer", "worker", "operator", "releaser"] as const),
] as const;
export type CallerRole = (typeof callerRoles)[number];

/** The routes each role opens: a worker agent reports what became of its tickets, and does nothing else. */
const opened: Record<CallerRole, readonly RouteRole[]> = {
	viewer: ["viewer"],
	worker: ["worker"],
	operator: ["viewer", "worker", "operator"],
	releaser: ["viewer", "worker", "operator", "releaser"],
};

/** Who asks: the name stands in every audit record of what was asked for. */
export interface Identity {
	name: string;
	/** At least one. */
	roles: readonly CallerRole[];
}

declare module "fastify" {
	interface FastifyContextConfig {
		/** Every route declares it; a server with a route that does not will not start. */
		role?: RouteRole;
		/** Another role that the route is for as well. */
		orRole?: RouteRole;
		/** Answers whoever knows the address, under any name: for probes, which tell nothing else. */
		isProbe?: boolean;
	}
	interface FastifyRequest {
		/** Who asks; null while nobody is known (public routes, `AUTH_MODE=none`). */
		identity: Identity | null;
	}
}

/** Whether the caller has a role that opens a route for one of these. */
export function mayUse(
	{ roles }: Identity,
	needed: readonly RouteRole[],
): boolean {
	return roles.some((role) => needed.some((one) => opened[role].includes(one)));
}
