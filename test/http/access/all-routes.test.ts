import assert from "node:assert/strict";
import { test } from "node:test";
import type { FastifyInstance } from "fastify";
import {
	type CallerRole,
	callerRoles,
} from "../../../src/http/route-access.ts";
import { createHttpServer } from "../../../src/http/server.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { openHttp } from "../../support/http.ts";
import { silentLog } from "../../support/stores.ts";
import {
	type Credentials,
	jwtCredentials,
	tokenCredentials,
} from "./credentials.ts";

/** What each may use; written down once more, so that a change of the rules shows. */
const opens: Record<CallerRole, string[]> = {
	viewer: ["viewer"],
	worker: ["worker"],
	operator: ["viewer", "worker", "operator"],
	releaser: ["viewer", "worker", "operator", "releaser"],
};

/** Every route that needs a role. */
function guardedRoutes(app: FastifyInstance) {
	const routes = app.listedRoutes.flatMap(({ method, url, role, orRole }) => {
		if (role === undefined || role === "public") return [];
		const path = url.replace(/\/:\w+/g, "/p");
		const needed: string[] = orRole === undefined ? [role] : [role, orRole];
		return [{ method, url: path, role, needed }];
	});
	assert.ok(routes.length >= 12);
	return routes;
}

/** Over a socket: a route may answer without end. */
async function ask({ address, method, url }: Request, token?: string) {
	const headers: Record<string, string> =
		token === undefined ? {} : { authorization: `Bearer ${token}` };
	const leave = new AbortController();
	const { signal } = leave;
	const response = await fetch(address + url, { method, headers, signal });
	const isShort = response.status >= 400;
	const text = isShort ? await response.text() : "";
	leave.abort();
	return { status: response.status, headers: response.headers, text };
}

interface Request {
	address: string;
	method: string;
	url: string;
}

async function checkAllRoutes(
	app: FastifyInstance,
	{ make, forge }: Credentials,
): Promise<void> {
	const address = await app.listen({ host: "127.0.0.1", port: 0 });
	for (const { method, url, role, needed } of guardedRoutes(app)) {
		const what = `${method} ${url}`;
		const request = { address, method, url };
		const refuse = async (token: string | undefined, status: 401 | 403) => {
			const response = await ask(request, token);
			assert.equal(response.status, status, what);
			const challenge = response.headers.get("www-authenticate") ?? "";
			assert.match(challenge, /^Bearer realm="orchestrator"/, what);
			if (method === "HEAD") return;
			const { code, needed_role } = JSON.parse(response.text);
			assert.equal(code, status === 401 ? "UNAUTHENTICATED" : "FORBIDDEN");
			assert.equal(needed_role, role, what);
		};
		await refuse(undefined, 401);
		await refuse(await forge(), 401);
		await refuse("x", 401);
		await refuse(await make({ role: "releaser", isExpired: true }), 401);
		for (const held of callerRoles) {
			const token = await make({ role: held });
			if (!needed.some((one) => opens[held].includes(one))) {
				await refuse(token, 403);
				continue;
			}
			// Stand-ins know no plan and refuse every body: whatever the answer, it is not access.
			const { status } = await ask(request, token);
			assert.ok(![401, 403].includes(status), `${what} ${status}`);
		}
	}
}

for (const [mode, open] of Object.entries({
	token: tokenCredentials,
	jwt: jwtCredentials,
})) {
	test(`access: ${mode}: every route refuses no, wrong, expired and too weak credentials`, async (t) => {
		const credentials = await open(t);
		const { access } = credentials;
		const { app } = await openHttp(t, {}, [], {
			access,
			metricsRole: "viewer",
		});
		await checkAllRoutes(app, credentials);
	});
}

test("access: every route that changes something needs an operator at least, or is a worker's report", async (t) => {
	const { app } = await openHttp(t);
	const ofWorkers: string[] = [];
	for (const { method, url, role, needed } of guardedRoutes(app)) {
		if (needed.includes("worker")) ofWorkers.push(`${method} ${url}`);
		if (role === "worker") continue;
		// They only ask, with what does not fit into an address.
		const asks =
			/:dry-run$|\/preview$|\/workflows\/[^/]+\/query$|\/audit\/verify$|\/introspect$/.test(
				url,
			);
		const changes = !["GET", "HEAD"].includes(method) && !asks;
		if (changes) assert.ok(["operator", "releaser"].includes(role), url);
	}
	assert.deepEqual(ofWorkers, [
		"GET /api/v1/tickets/p",
		"HEAD /api/v1/tickets/p",
		"PATCH /api/v1/tickets/p/status",
		"POST /api/v1/ticket-tokens/introspect",
	]);
});

test("access: only health, metrics, the reference and the keys of tokens are public", async (t) => {
	const { app } = await openHttp(t);
	const open = app.listedRoutes.filter(({ role }) => role === "public");
	for (const { method, url } of open) {
		const { statusCode } = await app.inject({ method: method as "GET", url });
		const isKnown =
			/^\/((live|ready|health|version|metrics|docs|openapi\.json|asyncapi\.json|\.well-known\/jwks\.json)(\/|$)|$)/.test(
				url,
			);
		assert.ok(statusCode === 405 || isKnown, `${method} ${url}`);
	}
});

test("access: a server with a route that names no role does not start", async (t) => {
	const app = await createHttpServer({
		service: { name: "s", version: "1" },
		checks: [],
		access: { mode: "none" },
		metrics: createMetrics(),
		log: silentLog,
	});
	t.after(async () => await app.close());
	app.get("/forgotten", async () => "secrets");
	await assert.rejects(
		async () => await app.listen({ host: "127.0.0.1", port: 0 }),
		/routes without config.role: GET \/forgotten/,
	);
});
