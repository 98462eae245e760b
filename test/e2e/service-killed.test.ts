import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { fanOut } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });

for (const version of ["V1", "V2"] as const) {
	test(`service killed: in C4 of ${version} and again later, no ticket is lost and none is another`, async () => {
		const plan_id = newPlanId(`killed-${version}`);
		const tasks = fanOut(1_000);
		const metadata = { orchestrator_version: version };
		await world.publish(
			buildDecision(buildPlan({ plan_id, tasks }), { metadata }),
		);
		const published = () => world.recordsOf("tickets", plan_id).length;
		// Chunks go out one after the other: with the first seen, others are not yet sent.
		await world.eventually(() => published() > 1);
		await world.killService();
		const atFirst = published();
		await world.startService();
		await world.eventually(() => published() > atFirst);
		await world.killService();
		await world.startService();

		assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
		const ids = world
			.recordsOf("tickets", plan_id)
			.map(({ body }) => body.ticket_id);
		assert.equal(new Set(ids).size, tasks.length);
		const documents = await world.eventually(async () => {
			const found = await world.documents("execution_tickets", { plan_id });
			return found.length === tasks.length && found;
		});
		assert.ok(documents.every(({ outcome }) => outcome === "completed"));
		await world.eventually(
			() => world.recordsOf("telemetry", plan_id).length > 0,
		);
	});
}
