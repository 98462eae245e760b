import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { OrchestratorError } from "../../src/errors.ts";
import { createBackPressure } from "../../src/intake/back-pressure.ts";
import { eventually } from "../support/eventually.ts";
import { keepMetrics, silentLog } from "../support/intake-stand-ins.ts";

const { signal } = new AbortController();
const away = new OrchestratorError("TEMPORAL_UNAVAILABLE", "away");

function open(t: TestContext, maxOpenPlans: number) {
	const metrics = keepMetrics();
	const world = {
		openPlans: 0,
		isAway: false,
		countedCount: 0,
		nowMs: 0,
		isPaused: false,
		stopped: undefined as string | undefined,
		metrics,
	};
	const pressure = createBackPressure({
		topic: "t",
		pause: () => {
			world.isPaused = true;
		},
		resume: () => {
			world.isPaused = false;
		},
		async countOpenPlans() {
			world.countedCount += 1;
			if (world.isAway) throw away;
			return world.openPlans;
		},
		maxOpenPlans,
		whyStopped: async () => world.stopped,
		metrics,
		log: silentLog,
		pollMs: 20,
		now: () => world.nowMs,
	});
	t.after(() => pressure.stop());
	return { world, pressure };
}

test("back-pressure: counts once a while, however many are admitted", async (t) => {
	const { world, pressure } = open(t, 100);
	for (let count = 0; count < 50; count += 1) await pressure.admit(signal);
	assert.equal(world.countedCount, 1);
	world.nowMs += 20;
	await pressure.admit(signal);
	assert.equal(world.countedCount, 2);
});

test("back-pressure: admits as many as the limit says, also all at once", async (t) => {
	const { world, pressure } = open(t, 10);
	world.openPlans = 7;
	const tries = Array.from({ length: 3 }, () => pressure.admit(signal));
	await Promise.all(tries);
	const stop = new AbortController();
	const late = pressure.admit(stop.signal);
	await eventually(() => world.isPaused);
	stop.abort();
	await assert.rejects(late, { code: "INTAKE_PAUSED" });
	assert.deepEqual(
		world.metrics.lines.filter((line) => line.startsWith("paused")),
		["paused t open-plans true"],
	);
});

test("back-pressure: a permit that is given back is free for another", async (t) => {
	const { world, pressure } = open(t, 1);
	for (let count = 0; count < 5; count += 1) {
		(await pressure.admit(signal)).release();
	}
	assert.ok(!world.isPaused);
});

test("back-pressure: goes on at 80 % of the limit, not before, and lets the waiting through", async (t) => {
	const { world, pressure } = open(t, 10);
	world.openPlans = 10;
	const waiting = pressure.admit(signal);
	await eventually(() => world.isPaused);
	world.openPlans = 9;
	const counted = world.countedCount;
	await eventually(() => world.countedCount > counted + 2);
	assert.ok(world.isPaused, "9 of 10 is not yet enough");
	world.openPlans = 8;
	await waiting;
	assert.ok(!world.isPaused);
	assert.equal(
		world.metrics.lines.findLast((line) => line.startsWith("paused")),
		"paused t open-plans false",
	);
});

test("back-pressure: Temporal away pauses until it answers again", async (t) => {
	const { world, pressure } = open(t, 10);
	await pressure.admit(signal);
	world.isAway = true;
	pressure.failed(new Error("something else"));
	assert.ok(!world.isPaused);
	pressure.failed(away);
	assert.ok(world.isPaused);
	pressure.failed(away);
	const counted = world.countedCount;
	await eventually(() => world.countedCount > counted + 2);
	assert.ok(world.isPaused);
	world.isAway = false;
	await pressure.admit(signal);
	assert.deepEqual(
		world.metrics.lines.filter((line) => line.startsWith("paused")),
		["paused t temporal-away true", "paused t temporal-away false"],
	);
});

test("back-pressure: who cannot count does not go on", async (t) => {
	const { world, pressure } = open(t, 10);
	world.isAway = true;
	const waiting = pressure.admit(signal);
	await eventually(() => world.isPaused);
	world.isAway = false;
	await waiting;
});

test("back-pressure: stopping ends every wait", async (t) => {
	const { world, pressure } = open(t, 1);
	world.openPlans = 5;
	const waiting = pressure.admit(signal);
	await eventually(() => world.isPaused);
	const ended = assert.rejects(waiting, { code: "INTAKE_PAUSED" });
	await pressure.stop();
	await ended;
});

test("back-pressure: those who waited together do not pass the limit together", async (t) => {
	const { world, pressure } = open(t, 10);
	world.openPlans = 10;
	let admittedCount = 0;
	const waiting = Array.from({ length: 20 }, async () => {
		await pressure.admit(signal);
		admittedCount += 1;
	});
	await eventually(() => world.isPaused);
	world.openPlans = 6;
	await eventually(() => admittedCount > 0);
	await eventually(() => world.isPaused);
	assert.equal(admittedCount, 4);
	world.openPlans = 0;
	world.nowMs += 1_000;
	await eventually(() => admittedCount === 14);
	world.nowMs += 1_000;
	await Promise.all(waiting);
});

test("back-pressure: a person stops intake, and it goes on with the release", async (t) => {
	const { world, pressure } = open(t, 10);
	world.stopped = "by ada: freeze";
	let isAdmitted = false;
	const admitted = pressure.admit(signal).then(() => {
		isAdmitted = true;
	});
	await eventually(() => world.isPaused);
	assert.equal(isAdmitted, false);
	world.nowMs += 20;
	world.stopped = undefined;
	await admitted;
	assert.equal(world.isPaused, false);
});
