import assert from "node:assert/strict";
import { test } from "node:test";
import { createRolloutClient } from "../../src/rollout/client.ts";

test("releases: in an emergency nothing new begins, and nobody is asked", async () => {
	const nobody = () => assert.fail("asked");
	const client = createRolloutClient({
		client: nobody,
		store: {
			read: nobody,
			keepNew: nobody,
			findFormerBuilds: nobody,
		},
		isEmergency: true,
	});
	const spec = { deployment: "orchestrator", target: { buildId: "b2" } };
	await assert.rejects(
		client.start(spec, { actor: "ana", reason: "release" }),
		/EMERGENCY_MODE is on/,
	);
});
