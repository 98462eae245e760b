import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { createRolloutEngine } from "../../src/rollout/engine.ts";
import { becomeFirstBuild } from "../../src/temporal/first-build.ts";
import { eventually } from "../support/eventually.ts";
import { untilFreshRun } from "../support/fresh-run.ts";
import { patientCalls } from "../support/patient-calls.ts";
import { planSettings } from "../support/plan-inputs.ts";
import { report, resultOf } from "../support/plan-world.ts";
import {
	type Played,
	play,
	statusOf,
	untilCompleted,
	untilEnded,
} from "../support/played-plan.ts";

for (const version of ["V1", "V2"] as const)
	test(`plans (${version}) begun by a worker without a version end under the first build`, async (t) => {
		const plan = await play(t, version);
		await plan.answer("a");
		await untilCompleted(plan, 1);
		const first = nameBuild("1.0.0");
		await plan.world.restartWorker(first);
		assert.equal(await becomeFirst(plan, first), true);
		for (const task of ["b", "c", "d"]) await plan.answer(task);
		assert.equal(await untilEnded(plan), "SUCCESS");
		assert.equal(plan.published().length, 4);
		assert.equal(await buildOf(plan), first.build);
		// Its closed run is asked as ever, and runs again.
		assert.equal(await statusOf(plan), "SUCCESS");
		assert.equal(await plan.rerun("d"), "1 ticket runs again");
		await plan.answer("d");
		assert.equal(await untilEnded(plan), "SUCCESS");
	});

test("continue-as-new keeps a plan on its build, whatever is current", async (t) => {
	const plan = await begin(t, "1.0.0");
	await makeCurrent(plan, "1.1.0");
	await untilFreshRun(plan.handle);
	const { ticket_id } = await eventually(() => plan.world.tickets[0]);
	await report(plan.handle, [resultOf(ticket_id, "COMPLETED")]);
	await untilCompleted(plan, 1);
	assert.equal(await buildOf(plan), "1.0.0");
});

test("rerun: a closed plan runs again when no worker of its build is left", async (t) => {
	const plan = await begin(t, "1.0.0");
	for (const task of ["a", "b", "c", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	await plan.world.restartWorker({
		deployment: plan.deployment,
		build: "1.1.0",
	});
	await makeCurrent(plan, "1.1.0");
	await assert.rejects(plan.rerun("z", "key-of-z"), {
		code: "COMMAND_REFUSED",
		message: /no task z/,
	});
	assert.equal(await plan.rerun("b", "key-of-b"), "2 tickets run again");
	assert.equal(await plan.rerun("b", "key-of-b"), "2 tickets run again");
	for (const task of ["b", "d"]) await plan.answer(task);
	assert.equal(await untilEnded(plan), "SUCCESS");
	assert.deepEqual(plan.published().slice(4), ["b2", "d2"]);
	assert.equal(await buildOf(plan), "1.1.0");
	// It has closed again, and its result still knows the command.
	assert.equal(await plan.rerun("b", "key-of-b"), "2 tickets run again");
});

function nameBuild(build: string) {
	return { deployment: `d-${randomUUID()}`, build };
}

async function becomeFirst(
	{ world }: Played,
	version: { deployment: string; build: string },
): Promise<boolean> {
	return await becomeFirstBuild(patientCalls(world.client), version, "a test");
}

/** A plan that was begun by the first build of a deployment. */
async function begin(
	t: Parameters<typeof play>[0],
	build: string,
): Promise<Played & { deployment: string }> {
	const version = nameBuild(build);
	const plan = await play(t, "V2", {}, {}, undefined, async (world) => {
		await world.restartWorker(version);
		await becomeFirstBuild(patientCalls(world.client), version, "a test");
	});
	return Object.assign(plan, { deployment: version.deployment });
}

/** Starts no worker: one of the build must run, or have run. */
async function makeCurrent(
	{ world, deployment }: Played & { deployment: string },
	build: string,
): Promise<void> {
	const engine = createRolloutEngine({
		calls: patientCalls(world.client),
		taskQueue: world.taskQueue,
		run: {
			settings: planSettings,
			versions: { v2Enabled: true, v2Percentage: 100 },
		},
	});
	await eventually(() => engine.panic(deployment, build));
}

async function buildOf({ handle }: Played): Promise<string | undefined> {
	const { raw } = await handle.describe();
	const { versioningInfo } = raw.workflowExecutionInfo ?? {};
	return versioningInfo?.deploymentVersion?.buildId ?? undefined;
}
