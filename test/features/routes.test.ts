import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp } from "../support/http.ts";

const by = { actor: "ada", reason: "fixed" };

test("GET /deploy/canary/report: hours are validated", async (t) => {
	const { app } = await openHttp(t);
	const get = (query: string) => app.inject(`/deploy/canary/report${query}`);
	assert.equal((await get("")).json().window_hours, 24);
	assert.equal((await get("?hours=168")).json().window_hours, 168);
	for (const wrong of ["?hours=-1", "?hours=169", "?hours=x", "?hours=1.5"])
		assert.equal((await get(wrong)).statusCode, 400, wrong);
});

test("POST /deploy/canary/reset and disable: name a feature, a reason and who asks", async (t) => {
	const { app } = await openHttp(t);
	const post = (verb: string, payload: object) =>
		app.inject({ method: "POST", url: `/deploy/canary/${verb}`, payload });
	const feature = "embedded_policy";
	assert.equal((await post("reset", { feature, ...by })).json().resets, 1);
	const off = (await post("disable", { feature, ...by })).json();
	assert.equal(off.disabled.by, "ada");
	for (const wrong of [
		{ feature: "vision", ...by },
		{ feature, actor: "ada" },
		{ feature, reason: "fixed" },
		by,
	])
		assert.equal((await post("reset", wrong)).statusCode, 422);
});
