import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verdict } from "../../../src/http/access/access-control.ts";
import type { CallerRole } from "../../../src/http/route-access.ts";
import { eventually } from "../../support/eventually.ts";
import { openHttp } from "../../support/http.ts";

test("GET /events: one caller in one role leaves places to the others", async (t) => {
	const named = (bearer: string): Verdict => {
		const [name = "", role] = bearer.split(" ");
		const roles = [role as CallerRole];
		return { kind: "known", identity: { name, roles } };
	};
	const { app } = await openHttp(
		t,
		{ events: { maxReaders: 4, maxReadersPerCaller: 2 } },
		[],
		{
			access: {
				mode: "token",
				authenticate: async (bearer) => named(bearer.replace(".", " ")),
			},
		},
	);
	const address = await app.listen({ port: 0, host: "127.0.0.1" });
	const url = `${address}/api/v1/events`;
	const leaving = new AbortController();
	t.after(() => leaving.abort());
	const follow = async (bearer: string, signal = leaving.signal) => {
		const authorization = `Bearer ${bearer}`;
		return await fetch(url, { headers: { authorization }, signal });
	};
	const ends = new AbortController();
	assert.equal((await follow("ann.viewer", ends.signal)).status, 200);
	assert.equal((await follow("ann.viewer")).status, 200);
	const own = await follow("ann.viewer");
	assert.equal(own.status, 429);
	assert.ok(own.headers.get("retry-after"));
	const problem = (await own.json()) as Record<string, string>;
	assert.equal(problem.code, "TOO_MANY_READERS");
	assert.match(problem.hint ?? "", /end a stream/);
	assert.equal((await follow("ann.operator")).status, 200);
	assert.equal((await follow("bob.viewer")).status, 200);
	const all = await follow("eve.viewer");
	assert.equal(all.status, 503);
	assert.match(((await all.json()) as { hint: string }).hint, /come again/);
	ends.abort();
	await eventually(async () => (await follow("ann.viewer")).status === 200);
});
