import assert from "node:assert/strict";
import { test } from "node:test";
import { openReleases, quickSpec } from "./play-release.ts";

/** A machine that others work on too keeps up with so many. */
const PLANS_PER_SECOND = 5;

// The other ways in which a release can go: `npm run check:release`.
test("a candidate that throws in workflow code is rolled back, though its controller is killed, and no plan is lost", async (t) => {
	const { world, untilOver, untilPhase, fates } = await openReleases(t);
	world.traffic(PLANS_PER_SECOND);
	await world.startBuild("1.1.0", "throws");
	await world.api.start("1.1.0", quickSpec);
	await untilPhase("Progressing");
	await world.restartController();
	const { phase, verdict, weight } = await untilOver();
	assert.equal(phase, "Degraded");
	assert.equal(weight, 0);
	t.diagnostic(verdict?.sentence ?? "no verdict");
	assert.equal(verdict?.action, "rollback");
	const { SUCCESS, ...others } = await fates();
	assert.deepEqual(others, {});
	assert.ok(Number(SUCCESS) > 0);
});
