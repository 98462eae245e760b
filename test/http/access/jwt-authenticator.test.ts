import assert from "node:assert/strict";
import { test } from "node:test";
import { SignJWT, UnsecuredJWT } from "jose";
import type { AccessControl } from "../../../src/http/access/access-control.ts";
import { openHttp, refusalsOf } from "../../support/http.ts";
import { issuer, jwtCredentials } from "./credentials.ts";

async function judge(access: AccessControl, token: string) {
	assert.ok(access.mode === "jwt");
	return await access.authenticate(token);
}

test("jwt: the name and every role of ours of the claim", async (t) => {
	const { access, sign, exp } = await jwtCredentials(t);
	const roles = ["worker", "admin", "viewer"];
	for (const held of [roles, roles.join(" ")]) {
		const claims = { exp: exp(), realm_access: { roles: held } };
		assert.deepEqual(await judge(access, await sign(claims)), {
			kind: "known",
			identity: { name: "ana", roles: ["viewer", "worker"] },
		});
	}
});

test("jwt: what is wrong with a token is told apart", async (t) => {
	const { access, sign, exp, publicKey } = await jwtCredentials(t);
	const roles = { realm_access: { roles: ["releaser"] } };
	const good = { exp: exp(), ...roles };
	const claims = { iss: issuer, aud: "orchestrator", sub: "ana", ...good };
	const cases: [what: string, token: string, reason: string][] = [
		["audience", await sign({ ...good, aud: "another" }), "unknown"],
		["issuer", await sign({ ...good, iss: "https://evil" }), "unknown"],
		["never expires", await sign(roles), "unknown"],
		["not yet", await sign({ ...good, nbf: exp() }), "unknown"],
		["expired", await sign({ ...good, exp: 1_600_000_000 }), "expired"],
		["no name", await sign({ ...good, sub: "" }), "malformed"],
		["no role", await sign({ exp: exp() }), "too_weak"],
		[
			"role of another service",
			await sign({ exp: exp(), realm_access: { roles: ["public", "root"] } }),
			"too_weak",
		],
		["unsigned", new UnsecuredJWT(claims).encode(), "malformed"],
		[
			"the public key as a shared secret",
			await new SignJWT(claims)
				.setProtectedHeader({ alg: "HS256", kid: "k" })
				.sign(new TextEncoder().encode(JSON.stringify(publicKey))),
			"malformed",
		],
		["no token", "a.b.c", "malformed"],
	];
	for (const [what, token, reason] of cases) {
		const verdict = await judge(access, token);
		assert.equal(verdict.kind === "refused" && verdict.reason, reason, what);
	}
});

test("jwt: while the keys cannot be had nobody is let in, and it says so", async (t) => {
	const credentials = await jwtCredentials(t);
	const token = await credentials.make({ role: "releaser" });
	credentials.stopKeys();
	const { access } = credentials;
	const { app, metrics } = await openHttp(t, {}, [], { access });
	const response = await app.inject({
		url: "/api/v1/plans",
		headers: { authorization: `Bearer ${token}` },
	});
	assert.equal(response.statusCode, 503);
	assert.equal(response.json().code, "ACCESS_UNAVAILABLE");
	assert.ok(response.headers["retry-after"]);
	assert.equal((await app.inject("/live")).statusCode, 200);
	assert.deepEqual(await refusalsOf(metrics), { unavailable: 1 });
});
