// The import's types allow `operationId`, `tags` and `summary` in route schemas.
import type {} from "@fastify/swagger";

/** Who may use a route; `public` needs no credentials. */
export const routeRoles = [
	...(["public", "viewer", "worker"] as const),
	...(["operator", "releaser"] as const),
] as const;
export type RouteRole = (typeof routeRoles)[number];

/** The roles of callers. */
export const callerRoles = [
	...(["viewer", "worker", "operator", "releaser"] as const),
] as const;
export type CallerRole = (typeof callerRoles)[number];

/** The roles whose routes each role may use; a worker agent may only report on its tickets. */
const opened: Record<CallerRole, readonly RouteRole[]> = {
	viewer: ["viewer"],
	worker: ["worker"],
	operator: ["viewer", "worker", "operator"],
	releaser: ["viewer", "worker", "operator", "releaser"],
};

/** The caller; the name is in every audit record of the caller's commands. */
export interface Identity {
	name: string;
	/** At least one. */
	roles: readonly CallerRole[];
}

declare module "fastify" {
	interface FastifyContextConfig {
		/** Every route declares its role; otherwise the server does not start. */
		role?: RouteRole;
		/** Another role that may use the route too. */
		orRole?: RouteRole;
		/** Answers requests with any Host header: for probes, which reveal nothing else. */
		isProbe?: boolean;
	}
	interface FastifyRequest {
		/** The caller; null when the caller is not known (public routes, `AUTH_MODE=none`). */
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
