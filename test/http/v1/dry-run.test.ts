import assert from "node:assert/strict";
import { test } from "node:test";
import { openDryRuns } from "../../support/dry-runs.ts";
import { openHttp } from "../../support/http.ts";
import { planJson } from "../../support/plans.ts";

const url = "/api/v1/plans:dry-run";
test("POST /plans:dry-run: graph, problems, prediction and version, sound or not", async (t) => {
	const { app } = await openHttp(t, { dryRuns: openDryRuns(t) });
	const payload = planJson([["a"], ["b", ["a"]]]);
	const sound = await app.inject({ method: "POST", url, payload });
	assert.equal(sound.statusCode, 200);
	assert.equal(sound.json().outcome, "would_run");
	assert.equal(sound.json().orchestrator_version, "V1");
	assert.deepEqual(sound.json().dag.edges, [{ from: "a", to: "b" }]);
	const broken = planJson([["a", ["a"]]]);
	const unsound = await app.inject({ method: "POST", url, payload: broken });
	assert.equal(unsound.statusCode, 200);
	assert.equal(unsound.json().valid, false);
	assert.match(unsound.json().problems[0].path, /^\$/);
});

test("POST /plans:dry-run: needs a body, and is no other path", async (t) => {
	const { app } = await openHttp(t, { dryRuns: openDryRuns(t) });
	const empty = await app.inject({ method: "POST", url });
	assert.equal(empty.statusCode, 422);
	const read = await app.inject(url);
	assert.equal(read.statusCode, 405);
	assert.equal(read.headers.allow, "POST");
	const near = await app.inject({
		method: "POST",
		url: "/api/v1/plansXdry-run",
		payload: {},
	});
	assert.equal(near.statusCode, 404);
});
