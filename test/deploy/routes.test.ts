import assert from "node:assert/strict";
import { test } from "node:test";
import type { BlueGreenRequest } from "../../src/deploy/routes.ts";
import { type DeployDeps, deploySources } from "../../src/deploy/sources.ts";
import { release } from "../support/empty-capabilities.ts";
import { openHttp } from "../support/http.ts";

/** Sources of a machine with two instances, which are not there. */
function sourcesOf(
	settings: Partial<DeployDeps["settings"]> = {},
	more: Partial<DeployDeps> = {},
) {
	const begun: BlueGreenRequest[] = [];
	const sources = deploySources({
		service: {
			...{ version: "1", build: "1.4", deployment: "orchestrator" },
			variant: null,
		},
		settings: {
			...{ isEmergency: false, autoSwitch: true, minScore: 75 },
			nginx: { ports: { blue: 1, green: 2 } },
			...settings,
		},
		http: { current: async () => "blue" },
		releases: {
			last: async () => release,
			async startBlueGreen(_deployment, request) {
				begun.push(request);
				return { ...release, ...request };
			},
		},
		disabledFeatures: () => ["embedded_policy"],
		...more,
	});
	return { sources, begun };
}

const by = { actor: "ada", reason: "release 2" };
const wanted = { build_id: "2", ...by };

test("GET /deploy/status: reads, and says what it could not find out", async (t) => {
	const { sources: deploy, begun } = sourcesOf(
		{},
		{
			releases: {
				last: async () => {
					throw new Error("mongodb did not answer");
				},
				startBlueGreen: async () => release,
			},
		},
	);
	const { app } = await openHttp(t, { deploy });
	const status = (await app.inject("/deploy/status")).json();
	assert.equal(status.mode, "bluegreen");
	assert.equal(status.active_side, "blue");
	assert.deepEqual([status.active_port, status.staging_port], [1, 2]);
	assert.equal(status.health_score, null);
	assert.deepEqual(status.disabled_features, ["embedded_policy"]);
	assert.match(status.notes[0], /last release is not known: mongodb/);
	assert.match(status.instances[0].detail, /^does not answer/);
	assert.deepEqual(begun, []);
});

test("POST /deploy/bluegreen: begins a release; a dry run, and AUTO_SWITCH_ON_HEALTH=false, only try it", async (t) => {
	for (const [settings, dry_run, expected] of [
		[{}, false, false],
		[{}, true, true],
		[{ autoSwitch: false }, false, true],
	] as const) {
		const { sources: deploy, begun } = sourcesOf(settings);
		const { app } = await openHttp(t, { deploy });
		const response = await app.inject({
			method: "POST",
			url: "/deploy/bluegreen",
			payload: { ...wanted, dry_run },
		});
		assert.equal(response.statusCode, 202);
		assert.deepEqual(begun, [{ build_id: "2", dry_run: expected }]);
	}
});

for (const [what, settings, service] of [
	["without a second instance", { nginx: undefined }, {}],
	["without a deployment", {}, { deployment: null }],
] as const)
	test(`POST /deploy/bluegreen: is refused ${what}, and status still answers`, async (t) => {
		const facts = { version: "1", build: "1.4", deployment: "orchestrator" };
		const { sources: deploy, begun } = sourcesOf(settings, {
			service: { ...facts, variant: null, ...service },
		});
		const { app } = await openHttp(t, { deploy });
		const response = await app.inject({
			method: "POST",
			url: "/deploy/bluegreen",
			payload: wanted,
		});
		assert.equal(response.statusCode, 409, response.body);
		assert.equal(response.json().code, "COMMAND_REFUSED");
		assert.deepEqual(begun, []);
		assert.equal((await app.inject("/deploy/status")).statusCode, 200);
	});
