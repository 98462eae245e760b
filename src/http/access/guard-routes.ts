import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { quote } from "../../domain/field-reader.ts";
import type { Log } from "../../log.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { sendProblem } from "../problems.ts";
import { mayUse, type RouteRole } from "../route-access.ts";
import type {
	AccessControl,
	NoAccessControl,
	RefusalReason,
	Verdict,
} from "./access-control.ts";
import { isOwnHost } from "./own-host.ts";

export interface GuardDeps {
	access: AccessControl;
	metrics: Pick<Metrics, "accessRefusals">;
	log: Log;
}

type Refusal = { reason: RefusalReason; detail: string };

interface ListedRoute {
	method: string;
	url: string;
	readonly role: RouteRole | undefined;
	readonly orRole: RouteRole | undefined;
}

declare module "fastify" {
	interface FastifyInstance {
		/** Every route of this server and who may use it. */
		listedRoutes: readonly ListedRoute[];
	}
	interface FastifyRequest {
		/** Why the caller is not known, for the check before the body is read. */
		accessRefusal: Refusal | null;
	}
}

/**
 * Requires credentials on every route but the public ones. The caller is identified before the rate limit and
 * refused after it, so that guesses are counted too. The server does not start with a route that names no
 * role.
 */
export function guardRoutes(app: FastifyInstance, deps: GuardDeps): void {
	app.decorateRequest("identity", null);
	app.decorateRequest("accessRefusal", null);
	listRoutes(app);
	const { access } = deps;
	if (access.mode === "none") {
		if (access.anyHost !== true) refuseForeignHosts(app, deps);
		return;
	}
	app.addHook("onRequest", async (request) => {
		if (!isGuarded(request)) return;
		const verdict = await judge(access, request, deps);
		if (verdict.kind === "known") request.identity = verdict.identity;
		else request.accessRefusal = verdict;
	});
	app.addHook("preParsing", async (request, reply) => {
		if (!isGuarded(request)) return;
		const { identity, accessRefusal } = request;
		if (identity === null) return refuse(request, reply, accessRefusal, deps);
		if (!mayUse(identity, rolesFor(request))) {
			const { name, roles } = identity;
			const detail = `the role ${roles.join(" and ")} of ${name} is not enough`;
			return refuse(request, reply, { reason: "too_weak", detail }, deps);
		}
	});
}

/**
 * Protects against DNS rebinding: a web page whose name resolves to this machine can send requests, but the
 * browser names the page's host. Public routes are protected too: metrics and health tell about plans and
 * servers.
 */
function refuseForeignHosts(
	app: FastifyInstance,
	{ metrics }: Pick<GuardDeps, "metrics">,
): void {
	app.addHook("preParsing", async (request, reply) => {
		const { host } = request.headers;
		const isProbe = request.routeOptions.config.isProbe === true;
		if (request.is404 || isProbe || isOwnHost(host)) return;
		metrics.accessRefusals.inc({ reason: "foreign_host" });
		return sendProblem(request, reply, {
			code: "FORBIDDEN",
			detail: `the request is for the host ${quote(host)}, which is none of this machine's own names`,
			hint: "ask for 127.0.0.1 or localhost; for other names set AUTH_MODE=token or jwt, or AUTH_NONE_FORCE=true when something else guards the service",
		});
	});
}

function listRoutes(app: FastifyInstance): void {
	const routes: ListedRoute[] = [];
	app.decorate("listedRoutes", routes);
	app.addHook("onRoute", (route) => {
		for (const method of [route.method].flat()) {
			routes.push({
				method,
				// In a route pattern, a literal colon is doubled.
				url: route.url.replaceAll("::", ":"),
				// Read late: a hook after this one may name the role of a library's route.
				get role() {
					return route.config?.role;
				},
				get orRole() {
					return route.config?.orRole;
				},
			});
		}
	});
	app.addHook("onReady", async () => {
		const nameless = routes.filter(({ role }) => role === undefined);
		if (nameless.length === 0) return;
		const list = nameless.map(({ method, url }) => `${method} ${url}`);
		throw new Error(`routes without config.role: ${list.join(", ")}`);
	});
}

function isGuarded(request: FastifyRequest): boolean {
	return !request.is404 && roleOf(request) !== "public";
}

/** A route without a role needs the strongest role; the server does not start with such a route anyway. */
function roleOf({ routeOptions }: FastifyRequest): RouteRole {
	return routeOptions.config.role ?? "releaser";
}

/** One of these roles is enough. */
function rolesFor(request: FastifyRequest): RouteRole[] {
	const { orRole } = request.routeOptions.config;
	const role = roleOf(request);
	return orRole === undefined ? [role] : [role, orRole];
}

async function judge(
	access: Exclude<AccessControl, NoAccessControl>,
	{ headers, id: request_id }: FastifyRequest,
	{ metrics, log }: GuardDeps,
): Promise<Verdict | ({ kind: "refused" } & Refusal)> {
	const { authorization } = headers;
	if (authorization === undefined) {
		const detail = "this needs credentials: Authorization: Bearer <token>";
		return { kind: "refused", reason: "missing", detail };
	}
	const [, bearer] = /^bearer +(\S+)$/i.exec(authorization) ?? [];
	if (bearer === undefined) {
		const detail = "the header is not Authorization: Bearer <token>";
		return { kind: "refused", reason: "malformed", detail };
	}
	try {
		return await access.authenticate(bearer);
	} catch (error) {
		metrics.accessRefusals.inc({ reason: "unavailable" });
		log.error({ error, request_id }, "nobody can be let in");
		throw error;
	}
}

/** 401 for an unknown caller, 403 for one without the role; both name what is needed. */
function refuse(
	request: FastifyRequest,
	reply: FastifyReply,
	refusal: Refusal | null,
	{ metrics }: GuardDeps,
): FastifyReply {
	const { reason, detail } = refusal ?? {
		reason: "missing",
		detail: "this needs credentials",
	};
	metrics.accessRefusals.inc({ reason });
	const needed_role = roleOf(request);
	reply.header("www-authenticate", challenge(reason, detail, needed_role));
	const code = reason === "too_weak" ? "FORBIDDEN" : "UNAUTHENTICATED";
	const needed = rolesFor(request).join(" or ");
	const hint =
		code === "FORBIDDEN"
			? `use a token with the role ${needed}`
			: `send Authorization: Bearer <token>; the role ${needed} is needed`;
	return sendProblem(request, reply, { code, detail, hint, needed_role });
}

/** RFC 6750, section 3. */
function challenge(
	reason: RefusalReason,
	detail: string,
	role: RouteRole,
): string {
	const realm = 'Bearer realm="orchestrator"';
	if (reason === "missing") return realm;
	const text = detail.replace(/[^\x20-\x7e]|["\\]/g, "?");
	return reason === "too_weak"
		? `${realm}, error="insufficient_scope", error_description="${text}", scope="${role}"`
		: `${realm}, error="invalid_token", error_description="${text}"`;
}
