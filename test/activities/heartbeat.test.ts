import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type AttemptBounds,
	whileHeartbeating,
} from "../../activities/heartbeat.ts";
import {
	type ActivityOptions,
	inActivity,
} from "../support/activity-context.ts";

async function boundsOf(options: ActivityOptions): Promise<AttemptBounds> {
	return await inActivity(
		() => whileHeartbeating(async (bounds) => bounds),
		options,
	);
}

test("whileHeartbeating: the work has the attempt's time but a margin for its answer", async () => {
	const timeoutOf = async (startToCloseTimeoutMs: number) =>
		(await boundsOf({ info: { startToCloseTimeoutMs } })).timeoutMs;
	assert.equal(await timeoutOf(3_000), 2_500);
	assert.equal(await timeoutOf(100), 500);
});

test("whileHeartbeating: answers what the work answers, and throws what it throws", async () => {
	assert.equal(await inActivity(() => whileHeartbeating(async () => 7)), 7);
	const failing = inActivity(() =>
		whileHeartbeating(async () => {
			throw new Error("broken");
		}),
	);
	await assert.rejects(failing, /broken/);
});

test("whileHeartbeating: work that is not wanted any more does not begin, and is told meanwhile", async () => {
	const control = new AbortController();
	const { signal } = await boundsOf({ signal: control.signal });
	assert.equal(signal.aborted, false);
	control.abort(new Error("cancelled"));
	assert.equal(signal.aborted, true);
	let began = false;
	const late = inActivity(
		() =>
			whileHeartbeating(async () => {
				began = true;
			}),
		{ signal: control.signal },
	);
	await assert.rejects(late, /cancelled/);
	assert.equal(began, false);
});

test("whileHeartbeating: work that takes long is heard of, but never a local attempt", async () => {
	let beat = () => {};
	const heard = new Promise<void>((resolve) => {
		beat = resolve;
	});
	let localBeats = 0;
	const local = {
		info: { isLocal: true },
		heartbeat: () => {
			localBeats += 1;
		},
	};
	await Promise.all([
		inActivity(() => whileHeartbeating(() => heard), local),
		inActivity(() => whileHeartbeating(() => heard), { heartbeat: beat }),
	]);
	assert.equal(localBeats, 0);
});
