import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp, refusalsOf } from "../../support/http.ts";
import { tokenCredentials } from "./credentials.ts";

const cancel = { method: "POST", url: "/api/v1/plans/p/cancel" } as const;

test("access: what is refused says why, what is needed, and is counted", async (t) => {
	const { access, make } = await tokenCredentials(t);
	const { app, metrics } = await openHttp(t, {}, [], { access });
	const missing = await app.inject(cancel);
	assert.equal(
		missing.headers["www-authenticate"],
		'Bearer realm="orchestrator"',
	);
	assert.match(missing.json().hint, /Authorization: Bearer <token>.*operator/);
	const basic = await app.inject({
		...cancel,
		headers: { authorization: "Basic YTpi" },
	});
	assert.equal(basic.statusCode, 401);
	const weak = await app.inject({
		...cancel,
		headers: { authorization: `Bearer ${await make({ role: "viewer" })}` },
	});
	assert.equal(weak.statusCode, 403);
	assert.match(
		String(weak.headers["www-authenticate"]),
		/error="insufficient_scope".*scope="operator"/,
	);
	assert.match(weak.json().detail, /the role viewer of viewer is not enough/);
	const refusals = await refusalsOf(metrics);
	assert.deepEqual(refusals, { missing: 1, malformed: 1, too_weak: 1 });
});

test("access: credentials are judged before the body is read", async (t) => {
	const { access } = await tokenCredentials(t);
	const { app } = await openHttp(t, {}, [], { access });
	const response = await app.inject({
		...cancel,
		headers: { "content-type": "application/json" },
		payload: "{broken",
	});
	assert.equal(response.statusCode, 401);
});

test("access: what does not exist is 404 and 405 for everybody", async (t) => {
	const { access } = await tokenCredentials(t);
	const { app } = await openHttp(t, {}, [], { access });
	assert.equal((await app.inject("/api/v1/nothing")).statusCode, 404);
	const wrong = await app.inject({ method: "DELETE", url: "/api/v1/plans" });
	assert.equal(wrong.statusCode, 405);
});

test("access: /metrics is open unless a role is asked for", async (t) => {
	const { access, make } = await tokenCredentials(t);
	const open = await openHttp(t, {}, [], { access });
	assert.equal((await open.app.inject("/metrics")).statusCode, 200);
	const { app } = await openHttp(t, {}, [], { access, metricsRole: "viewer" });
	assert.equal((await app.inject("/metrics")).statusCode, 401);
	const authorization = `Bearer ${await make({ role: "viewer" })}`;
	const allowed = await app.inject({
		url: "/metrics",
		headers: { authorization },
	});
	assert.equal(allowed.statusCode, 200);
	assert.match(
		allowed.body,
		/orchestration_http_refusals_total\{reason="missing"\} 1/,
	);
});
