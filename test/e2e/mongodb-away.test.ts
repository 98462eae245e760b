import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain, diamond } from "../../demo/shapes.ts";
import { mongoUriVia, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const target = new URL(serverAddress("MONGODB_URI")).host;
const proxy = await openTcpProxy(
	{ after: (close) => after(close as () => void) },
	target,
);
const world = await openServiceWorld(
	{ after },
	{ env: { MONGODB_URI: mongoUriVia(proxy.address) } },
);

async function timelineOf(planId: string) {
	const response = await fetch(
		`${world.address()}/api/v1/plans/${planId}/timeline`,
	);
	const { read_source, events } = (await response.json()) as {
		read_source: string;
		events: { id: string }[];
	};
	return { read_source, events };
}

test("MongoDB away: plans go through, are readable, and their audit is complete once it is back", async () => {
	// One plan before: the service has used its connection.
	const before = newPlanId("before");
	await world.publish(
		buildDecision(buildPlan({ plan_id: before, tasks: chain(1) })),
	);
	assert.equal((await world.finalPlan(before)).status, "SUCCESS");

	await proxy.cut();
	const planIds = { V1: newPlanId("v1"), V2: newPlanId("v2") };
	await world.publish(
		...Object.entries(planIds).map(([orchestrator_version, plan_id]) =>
			buildDecision(buildPlan({ plan_id, tasks: diamond() }), {
				metadata: { orchestrator_version },
			}),
		),
	);
	const told = new Map<string, unknown[]>();
	for (const plan_id of Object.values(planIds)) {
		const [frame] = await world.eventually(() => {
			const found = world.recordsOf("telemetry", plan_id);
			return found.length > 0 && found;
		});
		assert.equal(frame?.body.status, "SUCCESS");
		assert.equal(world.recordsOf("tickets", plan_id).length, 4);
		const response = await fetch(`${world.address()}/api/v1/plans/${plan_id}`);
		const plan = (await response.json()) as Record<string, unknown>;
		assert.equal(response.status, 200);
		assert.equal(plan.read_source, "workflow");
		assert.equal(plan.tickets_completed, 4);
		for (const part of ["dag", "timeline", "tickets", "commands", "why"]) {
			const path = `/api/v1/plans/${plan_id}/${part}`;
			const read = await fetch(`${world.address()}${path}`);
			assert.equal(read.status, 200, path);
			const answer = (await read.json()) as Record<string, unknown[]>;
			if (part === "dag") assert.equal(answer.nodes?.length, 4);
		}
		const events = await world.eventually(async () => {
			const { events } = await timelineOf(plan_id);
			return events.at(-1)?.id === "step/C6/ended" && events;
		});
		told.set(plan_id, events);
		const stored = await world.documents("workflows", { plan_id });
		assert.equal(stored.length, 0);
	}
	const { created_at: _, ...undated } = buildPlan({
		plan_id: newPlanId("undated"),
		tasks: chain(1),
	});
	const refused = await fetch(`${world.address()}/api/v1/plans`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(undated),
	});
	const problem = (await refused.json()) as Record<string, unknown>;
	assert.deepEqual([refused.status, problem.code], [503, "STORE_UNAVAILABLE"]);
	assert.match(String(problem.hint), /created_at/);
	const list = await fetch(`${world.address()}/api/v1/plans?sort=progress`);
	const page = (await list.json()) as {
		plans: { plan_id: string }[];
		complete: boolean;
	};
	// They have ended, and their runs stay open until their documents have landed.
	assert.deepEqual(
		new Set(page.plans.map(({ plan_id }) => plan_id)),
		new Set(Object.values(planIds)),
	);
	assert.equal(page.complete, false);
	const flowC = await fetch(`${world.address()}/api/v1/flow-c/status`);
	const { hint } = (await flowC.json()) as Record<string, unknown>;
	assert.deepEqual([flowC.status, typeof hint], [503, "string"]);

	await proxy.restore();
	for (const plan_id of Object.values(planIds)) {
		const complete = {
			validation_audit: 1,
			execution_tickets: 4,
			ticket_attempts: 4,
			workflow_results: 1,
			decisions: 1,
			workflows: 1,
		};
		for (const [collection, count] of Object.entries(complete)) {
			await world.eventually(async () => {
				const found = await world.documents(collection, { plan_id });
				return found.length === count;
			});
		}
		const tickets = await world.documents("execution_tickets", { plan_id });
		assert.ok(tickets.every(({ status }) => status === "COMPLETED"));
		const plan = await world.eventually(async () => {
			const view = await world.api.plan(plan_id);
			return view?.finished_at != null && view;
		});
		assert.equal(plan.status, "SUCCESS");
		assert.deepEqual(await timelineOf(plan_id), {
			read_source: "mongodb",
			events: told.get(plan_id),
		});
		assert.equal(world.recordsOf("tickets", plan_id).length, 4);
		assert.equal(world.recordsOf("telemetry", plan_id).length, 1);
	}
});
