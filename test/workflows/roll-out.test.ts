import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { StepInput } from "../../src/domain/rollout/spec.ts";
import type { Phase, RolloutState } from "../../src/domain/rollout/state.ts";
import { hasCode } from "../../src/errors.ts";
import type { OpenPlanOfBuild } from "../../src/rollout/ports.ts";
import { eventually } from "../support/eventually.ts";
import { openRolloutWorld } from "../support/rollout-world.ts";

const by = { actor: "ana", reason: "a test" };
const ramp = (weight: number): StepInput => ({
	...{ ramp: weight, soak: "5s", minSample: 20 },
});
const short: StepInput[] = [
	...[{ smoke: {} }, ramp(25), ramp(50), { promote: {} }],
	{ verify: { holdback: 25, for: "4s" } },
];
const forever: StepInput[] = [{ ramp: 25, soak: "1h" }, { promote: {} }];
type World = Awaited<ReturnType<typeof openRolloutWorld>>;

const specOf = ({ deployment }: World, steps: StepInput[], buildId = "b2") => ({
	...{ deployment, target: { buildId }, steps, margin: 0.2 },
});

async function until(world: World, phase: Phase): Promise<RolloutState> {
	return await eventually(async () => {
		const found = await world.store.read(world.deployment);
		return found?.state.phase === phase && found.state;
	}, 90_000);
}

const typesOf = (world: World, rolloutId: string) =>
	world.store
		.listEvents(rolloutId)
		.then((events) => events.map(({ type }) => type));

describe("rollOut", { concurrency: true }, () => {
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
		});
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

	test("blue-green: plans are switched first and HTTP after them, and undone in reverse", async (t) => {
		const world = await openRolloutWorld(t);
		const { client, deployment, traffic } = world;
		const steps = [{ smoke: {} }, { promote: {} }, { verify: { for: "1h" } }];
		const spec = { ...specOf(world, steps), strategy: "blueGreen" as const };
		const dry = await client.start({ ...spec, dryRun: true }, by);
		assert.match(
			(await until(world, "Healthy")).message,
			/nothing was switched/,
		);
		assert.deepEqual([traffic.changes, world.http.side], [[], "blue"]);
		const { rolloutId } = await client.start(spec, by);
		assert.notEqual(rolloutId, dry.rolloutId);
		await until(world, "Verifying");
		assert.deepEqual(
			[traffic.routing.currentBuild, world.http.side],
			["b2", "green"],
		);
		await client.command(deployment, { ...by, verb: "abort" });
		await until(world, "Cancelled");
		assert.deepEqual(
			[traffic.routing.currentBuild, world.http.side],
			["b1", "blue"],
		);
	});

	test("a controller that is killed at every step goes on, and does nothing twice", async (t) => {
		const world = await openRolloutWorld(t);
		const { rolloutId } = await world.client.start(specOf(world, short), by);
		const isOver = async () => {
			const found = await world.store.read(rolloutId);
			return found?.state.phase === "Healthy";
		};
		let seen = 0;
		while (!(await isOver())) {
			await eventually(async () => {
				return world.published.length > seen || (await isOver());
			}, 60_000);
			seen = world.published.length;
			await world.restartWorker();
		}
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
		const events = await eventually(async () => {
			const found = await world.store.listEvents(rolloutId);
			return found.at(-1)?.type === "DrainCompleted" && found;
		});
		assert.deepEqual(
			events.map(({ seq }) => seq),
			events.map((_, index) => index + 1),
		);
	});

	test("a run that hands over in the middle loses nothing, and a look costs few events", async (t) => {
		const world = await openRolloutWorld(t);
		await world.client.start(specOf(world, forever), by);
		const state = await eventually(async () => {
			const found = await world.handle.query<RolloutState>("state");
			return found.looks >= 6 && found;
		});
		const { events } = await world.handle.fetchHistory();
		assert.ok(
			(events?.length ?? 0) / state.looks < 20,
			`${events?.length} events`,
		);
		assert.deepEqual(JSON.parse(JSON.stringify(state)), state);
		await world.handle.terminate("as if it had handed over");
		await world.temporal.workflow.start("rollOut", {
			...{ workflowId: world.handle.workflowId, taskQueue: world.taskQueue },
			args: [{ state }],
		});
		const later = await eventually(async () => {
			const found = await world.handle.query<RolloutState>("state");
			return found.looks >= state.looks + 3 && found;
		});
		assert.equal(later.phase, "Progressing");
		assert.deepEqual([later.weight, later.spans.length], [25, 1]);
		assert.deepEqual(world.traffic.changes, ["claim", "ramp b2 25"]);
		const started = (one: RolloutState) =>
			one.spans[0]?.counts.started.base ?? 0;
		assert.ok(started(later) > started(state));
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
