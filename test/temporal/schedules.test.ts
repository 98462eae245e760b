import assert from "node:assert/strict";
import { test } from "node:test";
import type { TelemetryFrame } from "../../schemas/telemetry-frame.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { ensureTelemetrySchedule } from "../../src/temporal/schedules.ts";
import { eventually } from "../support/eventually.ts";
import { openWorld } from "../support/plan-world.ts";

const frames = ["one", "two", "three"].map(
	(frame_id) => ({ frame_id }) as TelemetryFrame,
);

test("the schedule drains what waits, oldest first, once Kafka is back, and leaves nothing", async (t) => {
	const waiting = [...frames];
	const published: string[] = [];
	let isAway = true;
	const world = await openWorld(t, {
		buffer: {
			oldest: async (limit) => waiting.slice(0, limit),
			async remove(ids) {
				for (const id of ids)
					waiting.splice(
						waiting.findIndex(({ frame_id }) => frame_id === id),
						1,
					);
			},
		},
		frames: {
			async publishFrames(some) {
				if (isAway) throw new OrchestratorError("PUBLISH_UNCONFIRMED", "away");
				published.push(...some.map(({ frame_id }) => frame_id));
			},
		},
	});
	const { client, taskQueue } = world;
	const handle = client.schedule.getHandle(`drain-telemetry-${taskQueue}`);
	await ensureTelemetrySchedule(client, { taskQueue, intervalMs: 3_600_000 });
	// A second process with another interval.
	await ensureTelemetrySchedule(client, { taskQueue, intervalMs: 1_000 });
	assert.deepEqual(
		(await handle.describe()).spec.intervals?.map(({ every }) => every),
		[1_000],
	);
	await eventually(
		async () => (await handle.describe()).info.numActionsTaken >= 1,
	);
	assert.equal(waiting.length, 3);
	isAway = false;
	await eventually(() => waiting.length === 0, 20_000);
	assert.deepEqual(published, ["one", "two", "three"]);
	await handle.delete();
});
