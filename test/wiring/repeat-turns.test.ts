import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { Lifecycle } from "../../src/lifecycle.ts";
import { repeatTurns, untilCommonTime } from "../../src/wiring/repeat-turns.ts";
import { eventually } from "../support/eventually.ts";

test("untilCommonTime: from half of the pause to half more, and always at a multiple of it", () => {
	const pause = fc.integer({ min: 1, max: 86_400_000 });
	const now = fc.double({ min: 0, max: 1e12, noNaN: true });
	fc.assert(
		fc.property(pause, now, (pauseMs, nowMs) => {
			const waitMs = untilCommonTime(pauseMs, nowMs);
			assert.ok(waitMs >= 0.499 * pauseMs && waitMs <= 1.501 * pauseMs);
			const turns = (nowMs + waitMs) / pauseMs;
			assert.ok(Math.abs(turns - Math.round(turns)) < 0.01);
		}),
	);
});

test("repeatTurns: turn after turn, at once while there is more to do, none after the stop", async () => {
	const lifecycle = new Lifecycle();
	let turns = 0;
	await repeatTurns(
		{ lifecycle, fail: assert.ifError },
		{
			name: "turns",
			turn: async () => {
				turns += 1;
				return turns < 5;
			},
			pauseMs: 20,
		},
	);
	await eventually(() => turns > 7);
	await lifecycle.stop();
	const stoppedAt = turns;
	await sleep(100);
	assert.equal(turns, stoppedAt);
});
