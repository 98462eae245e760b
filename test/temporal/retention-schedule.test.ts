import assert from "node:assert/strict";
import { test } from "node:test";
import { ScheduleNotFoundError } from "@temporalio/client";
import { ensureRetentionSchedule } from "../../src/temporal/schedules.ts";
import { retentionId } from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import { openWorld } from "../support/plan-world.ts";

const DAY_MS = 86_400_000;

test("the schedule purges what the settings say and nothing else; without any there is none", async (t) => {
	const asked: [kind: string, beforeMs: number][] = [];
	const world = await openWorld(t, {
		retention: {
			findEndedPlans: async ({ beforeMs }) => {
				asked.push(["plans", beforeMs]);
				return [];
			},
			purgePlan: async () => ({}),
			findWholeTrails: async () => [],
			purgeTrail: async () => 0,
			purgeSingles: async (name, beforeMs) => {
				asked.push([name, beforeMs]);
				return { purged: {}, isMore: false };
			},
		},
	});
	const { client, taskQueue } = world;
	const handle = client.schedule.getHandle(retentionId(taskQueue));
	const ensure = (days: object) =>
		ensureRetentionSchedule(client, { taskQueue, days, intervalMs: 1_000 });
	await ensure({});
	await assert.rejects(handle.describe(), ScheduleNotFoundError);
	await ensure({ plans: 400 });
	// The service is started with other settings.
	const startMs = Date.now();
	await ensure({ plans: 30, dead_letters: 7 });
	await eventually(
		() =>
			asked.some(([name]) => name === "dead_letters") &&
			asked.some(([name]) => name === "plans"),
		20_000,
	);
	assert.deepEqual(
		new Set(asked.map(([name]) => name)),
		new Set(["plans", "dead_letters"]),
	);
	const daysOf = (name: string) =>
		asked.findLast(([kind]) => kind === name)?.[1] ?? 0;
	assert.ok(daysOf("plans") >= startMs - 30 * DAY_MS);
	assert.ok(daysOf("dead_letters") >= startMs - 7 * DAY_MS);
	assert.ok(daysOf("dead_letters") <= Date.now() - 7 * DAY_MS);
	await ensure({});
	await assert.rejects(handle.describe(), ScheduleNotFoundError);
});
