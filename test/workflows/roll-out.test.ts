import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { hasCode } from "../../src/errors.ts";
import type { OpenPlanOfBuild } from "../../src/rollout/ports.ts";
import { eventually } from "../support/eventually.ts";
import {
	by,
	forever,
	short,
	specOf,
	typesOf,
	until,
	type World,
} from "../support/played-rollouts.ts";
import { openRolloutWorld } from "../support/rollout-world.ts";

describe("rollOut", { concurrency: 3 }, () => {
	test("a healthy candidate passes its steps, becomes current, is verified against a control, and drains", async (t) => {
		const world = await openRolloutWorld(t);
		const { rolloutId } = await world.client.start(specOf(world, short), by);
		const state = await until(world, "Healthy");
		assert.equal(state.baseBuild, "b1");
		assert.deepEqual(
			world.traffic.changes.filter((one) => one !== "claim"),
			[
				"ramp b2 25",
				"ramp b2 50",
				"current b2",
				"ramp b1 25",
				"ramp null 0",
				"leave",
			],
		);
		assert.deepEqual(
			world.releases.map(({ weight }) => weight),
			[25, 50, 0, 75, 0],
		);
		await eventually(async () =>
			(await typesOf(world, rolloutId)).includes("DrainCompleted"),
		);
		const types = await typesOf(world, rolloutId);
		assert.equal(types.filter((one) => one === "AnalysisSuccessful").length, 3);
		assert.equal(types[0], "RolloutCreated");
		assert.ok(
			types.includes("RolloutPromoted") && types.includes("SmokePassed"),
		);
		const ids = world.published.map(({ event_id }) => event_id);
		assert.deepEqual(new Set(ids).size, types.length);
		const verdicts = await world.store.listVerdicts(rolloutId, 100);
		assert.ok(verdicts.every(({ verdict }) => verdict.sentence.length > 0));
		await eventually(async () => {
			const { status } = await world.handle.describe();
			return status.name === "COMPLETED";
		});
		// What was current a moment ago comes back without steps.
		const back = await world.client.undo(world.deployment, undefined, by);
		assert.equal(back.spec.targetBuild, "b1");
		const undone = await until(world, "Verifying");
		assert.deepEqual([undone.isFastTrack, undone.baseBuild], [true, "b2"]);
		assert.equal(world.traffic.routing.currentBuild, "b1");
	});

	test("a candidate that fails is rolled back by evidence, and its open plans are dealt with", async (t) => {
		const world = await openRolloutWorld(t);
		const { traffic } = world;
		const plan = { deployment: world.deployment, runId: "r" };
		const open = (planId: string, hasPublished: boolean, isBroken: boolean) =>
			traffic.open.push({
				...{ ...plan, planId, workflowId: planId, hasPublished, isBroken },
			} as OpenPlanOfBuild);
		open("new", false, false);
		open("published", true, false);
		open("broken", true, true);
		traffic.unseen = 7;
		traffic.failing.candidate = 0.5;
		const { rolloutId } = await world.client.start(specOf(world, short), by);
		const state = await until(world, "Degraded");
		assert.equal(state.verdict?.rule, "R1");
		assert.match(state.message, /candidate/i);
		assert.deepEqual(
			[traffic.routing.rampingBuild, traffic.routing.currentBuild],
			[null, "b1"],
		);
		const triaged = await eventually(async () => {
			const events = await world.store.listEvents(rolloutId);
			return events.find(({ type }) => type === "PlansTriaged");
		});
		assert.deepEqual(triaged?.data, {
			restarted: 1,
			moved: 1,
			draining: 1,
			failed: 0,
			unseen: 7,
		});
		assert.match(triaged.reason, /; 7 open plans were not looked at$/);
		// It waits for the last plan of the candidate.
		traffic.open = [];
	});

	test("a smoke plan that does not succeed ends the release before any traffic", async (t) => {
		const world = await openRolloutWorld(t);
		world.traffic.smokeStatus = "FAILED";
		const { rolloutId } = await world.client.start(specOf(world, short), by);
		const state = await until(world, "Degraded");
		assert.match(state.message, /smoke plan linear did not succeed/);
		assert.deepEqual(world.traffic.changes, ["claim", "leave"]);
		assert.ok((await typesOf(world, rolloutId)).includes("SmokeFailed"));
	});

	test("routing that somebody else changes pauses it, and is not fought; abort takes it back", async (t) => {
		const world = await openRolloutWorld(t);
		const { client, deployment, traffic } = world;
		await client.start(specOf(world, forever), by);
		await until(world, "Progressing");
		Object.assign(traffic.routing, {
			rampWeight: 77,
			token: "99",
			lastModifiedBy: "ops",
		});
		const state = await until(world, "Paused");
		assert.equal(state.pauseReason, "ExternallyManaged");
		assert.equal(traffic.routing.rampWeight, 77);
		// A person takes it back: what began meanwhile is not compared.
		await client.command(deployment, { ...by, verb: "resume" });
		const again = await until(world, "Progressing");
		assert.equal(traffic.routing.rampWeight, 25);
		assert.deepEqual(
			again.spans.map(({ weight, toMs }) => [weight, toMs === null]),
			[
				...[
					[25, false],
					[25, true],
				],
			],
		);
		Object.assign(traffic.routing, { manager: "ops", token: "199" });
		await until(world, "Paused");
		await client.command(deployment, { ...by, verb: "abort" });
		await until(world, "Cancelled");
		assert.equal(traffic.routing.rampingBuild, null);
	});

	test("outcomes that cannot be read pause it; when they can, it goes on in its step", async (t) => {
		const world = await openRolloutWorld(t);
		await world.client.start(specOf(world, forever), by);
		await until(world, "Progressing");
		world.traffic.isBlind = true;
		const state = await until(world, "Paused");
		assert.equal(state.pauseReason, "MetricsUnavailable");
		world.traffic.isBlind = false;
		assert.equal((await until(world, "Progressing")).stepIndex, 0);
		await refusedCommands(t, world);
	});

	test("a newer release replaces it: first it is undone, then the next begins from what was stable", async (t) => {
		const world = await openRolloutWorld(t);
		const { client, deployment, store } = world;
		const first = await client.start(specOf(world, forever), by);
		await until(world, "Progressing");
		const second = await client.start(specOf(world, forever, "b3"), by);
		await eventually(async () => {
			const found = await store.read(second.rolloutId);
			return (
				found?.state.phase === "Progressing" && found.state.baseBuild === "b1"
			);
		});
		const old = await store.read(first.rolloutId);
		assert.equal(old?.state.phase, "Cancelled");
		assert.match(old?.state.message ?? "", /superseded by/);
		assert.equal(world.traffic.routing.rampingBuild, "b3");
		await client.command(deployment, { ...by, verb: "abort" });
		await until(world, "Cancelled");
	});
});

/** Of a rollout in its only ramp. */
async function refusedCommands(_t: TestContext, { client, deployment }: World) {
	await assert.rejects(
		client.command(deployment, { ...by, verb: "approve" }),
		(error) => {
			assert.ok(hasCode(error, "COMMAND_REFUSED"));
			assert.deepEqual(error.details.allowed, [
				...["pause", "promote", "abort", "setWeight", "setPolicy", "start"],
			]);
			return true;
		},
	);
	const paused = await client.command(deployment, { ...by, verb: "pause" });
	assert.equal(paused.pauseReason, "Manual");
	const changed = await client.command(deployment, {
		...{ ...by, verb: "setWeight", weight: 10 },
	});
	assert.deepEqual([changed.phase, changed.weight], ["Paused", 10]);
	const on = await client.command(deployment, { ...by, verb: "resume" });
	assert.equal(on.phase, "Progressing");
	await client.command(deployment, { ...by, verb: "abort" });
}
