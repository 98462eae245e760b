import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openReleases, quickSpec } from "./play-release.ts";

/** A machine that others work on too keeps up with so many. */
const PLANS_PER_SECOND = 5;
const BUILD = "1.1.0";

const { world, untilOver, untilPhase, fates } = await openReleases({ after });
await world.startBuild(BUILD, "throws");

// The other ways in which a release can go: `npm run check:release`.
test("a candidate that throws in workflow code is rolled back, though its controller is killed, and no plan is lost", async (t) => {
	world.traffic(PLANS_PER_SECOND);
	await world.api.start(BUILD, quickSpec);
	await untilPhase("Progressing");
	await world.restartController();
	const { phase, verdict, weight } = await untilOver();
	t.diagnostic(verdict?.sentence ?? "no verdict");
	assert.deepEqual(
		[phase, weight, verdict?.action],
		["Degraded", 0, "rollback"],
	);
	const { SUCCESS, ...others } = await fates();
	assert.deepEqual(others, {});
	assert.ok(Number(SUCCESS) > 0);
});
