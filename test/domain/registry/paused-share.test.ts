import assert from "node:assert/strict";
import { test } from "node:test";
import {
	pausedShare,
	viewPause,
} from "../../../src/domain/registry/paused-share.ts";

const by = { actor: "ana", reason: "disk" };
const paused = { since_ms: 0, ...by, resumed: null };
const resumed = { ...paused, resumed: { at_ms: 0, ...by, over_ms: 300_000 } };

const shares: [nowMs: number, share: number][] = [
	[0, 0.1],
	[150_000, 0.55],
	[300_000, 1],
	[900_000, 1],
	// Another machine's clock.
	[-5_000, 0.1],
];
for (const [nowMs, share] of shares)
	test(`pausedShare: ${nowMs} ms after it was resumed over 300 s it is ${share}`, () =>
		assert.equal(pausedShare(resumed, nowMs), share));

test("viewPause: held back wholly until it is resumed, not at all when it has resumed", () => {
	assert.deepEqual(viewPause(paused, 1e9), { since_ms: 0, ...by, share: 0 });
	assert.equal(viewPause(resumed, 300_000), undefined);
});
