import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	checkDeadline,
	consumedRatio,
	warningAtMs,
} from "../../../src/domain/sla/consumption.ts";

const NOW = 1_000_000;
/** Values of the documentation of the earlier service (flow-c, 13.8). */
const near = { createdAtMs: NOW - 4_000, deadlineMs: NOW + 1_000, nowMs: NOW };
const far = { createdAtMs: NOW - 1_000, deadlineMs: NOW + 4_000, nowMs: NOW };

test("checkDeadline: 4 s of 5 are gone: it approaches", () => {
	const check = checkDeadline(near, 0.8);
	assert.equal(check.deadline_approaching, true);
	assert.ok(check.percent_consumed >= 0.8);
	assert.ok(check.remaining_seconds <= 2);
});

test("checkDeadline: 1 s of 5 is gone: it does not", () =>
	assert.equal(checkDeadline(far, 0.8).deadline_approaching, false));

test("checkDeadline: half of the time is not enough", () => {
	const clock = { createdAtMs: NOW - 100, deadlineMs: NOW + 100, nowMs: NOW };
	assert.equal(checkDeadline(clock, 0.8).deadline_approaching, false);
});

for (const [name, clock] of Object.entries({
	"no deadline": { ...near, deadlineMs: null },
	"no creation": { ...near, createdAtMs: undefined },
}))
	test(`checkDeadline: ${name}: nothing is known, and it does not approach`, () =>
		assert.deepEqual(checkDeadline(clock, 0.8), {
			deadline_approaching: false,
			remaining_seconds: 0,
			percent_consumed: 0,
			sla_deadline: null,
		}));

test("checkDeadline: after the deadline less than nothing remains, and all is consumed", () => {
	const check = checkDeadline({ ...near, nowMs: NOW + 3_000 }, 0.8);
	assert.equal(check.remaining_seconds, -2);
	assert.equal(check.percent_consumed, 1);
});

test("consumedRatio: stays between nothing and all, whatever the clocks say", () =>
	fc.assert(
		fc.property(
			fc.nat(),
			fc.nat(),
			fc.nat(),
			(createdAtMs, deadlineMs, nowMs) => {
				const ratio = consumedRatio({ createdAtMs, deadlineMs, nowMs });
				assert.ok(ratio >= 0 && ratio <= 1);
			},
		),
	));

test("warningAtMs: the first millisecond at which it approaches", () =>
	fc.assert(
		fc.property(
			fc.integer({ min: 0, max: 1e12 }),
			fc.integer({ min: 1, max: 1e9 }),
			fc.double({ min: 0.01, max: 1, noNaN: true }),
			(createdAtMs, totalMs, ratio) => {
				const deadlineMs = createdAtMs + totalMs;
				const atMs = warningAtMs(createdAtMs, deadlineMs, ratio);
				const approaches = (nowMs: number) =>
					checkDeadline({ createdAtMs, deadlineMs, nowMs }, ratio)
						.deadline_approaching;
				assert.ok(approaches(atMs + 1));
				assert.ok(!approaches(atMs - 2));
			},
		),
	));
