import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { readStream } from "../support/event-reader.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });

test("events: a plan can be watched from its first document to its end, and the tickets with it", async (t) => {
	const plan_id = newPlanId("watched");
	const url = `${world.address()}/api/v1/events?plan_id=${plan_id}`;
	const reader = await readStream(t, url);
	await world.eventually(() => reader.events.length > 0);
	await world.publish(
		buildDecision(buildPlan({ plan_id, tasks: chain(3) })),
		buildDecision(
			buildPlan({ plan_id: newPlanId("another"), tasks: chain(1) }),
		),
	);
	await world.finalPlan(plan_id);
	const changes = () =>
		reader.events
			.filter(({ event }) => event === "plan" || event === "ticket")
			.map(({ data }) => JSON.parse(data) as Record<string, unknown>);
	await world.eventually(() =>
		changes().some(
			({ kind, status }) => kind === "plan" && status === "SUCCESS",
		),
	);
	for (const change of changes()) {
		assert.equal(change.plan_id, plan_id);
		assert.equal(typeof change.at, "number");
		assert.equal(typeof change.revision, "string");
	}
	const ended = changes().filter(
		({ kind, outcome }) => kind === "ticket" && outcome === "completed",
	);
	const taskIds = new Set(ended.map(({ task_id }) => task_id));
	assert.equal(taskIds.size, 3);
	const last = changes().findLast(({ kind }) => kind === "plan");
	assert.equal(last?.tickets_completed, 3);
	assert.equal(last?.stage, "completed");
});
