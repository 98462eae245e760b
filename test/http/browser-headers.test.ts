import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp } from "../support/http.ts";
import { tokenCredentials } from "./access/credentials.ts";

test("headers: every answer tells browsers to be careful", async (t) => {
	const { app } = await openHttp(t);
	for (const url of ["/live", "/api/v1/plans/p", "/nothing-here"]) {
		const { headers } = await app.inject(url);
		assert.equal(headers["x-content-type-options"], "nosniff", url);
		assert.match(
			String(headers["content-security-policy"]),
			/default-src 'self'.*frame-ancestors 'none'/,
		);
		assert.equal(headers["access-control-allow-origin"], undefined);
	}
});

test("cors: off unless configured, and then for these origins only", async (t) => {
	const preflight = (origin: string) => ({
		method: "OPTIONS" as const,
		url: "/api/v1/plans",
		headers: { origin, "access-control-request-method": "POST" },
	});
	const closed = await openHttp(t);
	const console_ = "https://console.example.com";
	assert.equal((await closed.app.inject(preflight(console_))).statusCode, 405);

	const { access } = await tokenCredentials(t);
	const corsOrigins = [console_];
	const { app } = await openHttp(t, {}, [], { access, corsOrigins });
	const allowed = await app.inject(preflight(console_));
	assert.equal(allowed.statusCode, 204);
	assert.equal(allowed.headers["access-control-allow-origin"], console_);
	assert.match(
		String(allowed.headers["access-control-allow-headers"]),
		/authorization/,
	);
	const plain = await app.inject({ method: "OPTIONS", url: "/api/v1/plans" });
	assert.equal(plain.statusCode, 204);
	const strange = await app.inject(preflight("https://evil.example"));
	assert.equal(strange.headers["access-control-allow-origin"], undefined);
	const answer = await app.inject({
		url: "/api/v1/plans",
		headers: { origin: console_ },
	});
	assert.equal(answer.headers["access-control-allow-origin"], console_);
});
