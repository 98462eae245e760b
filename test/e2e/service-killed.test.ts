import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { fanOut } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });

/** More than one chunk of C4 (400), so that the kill falls between two. */
const tasks = fanOut(500);

/** Publishes a plan and kills the service when the first tickets of its big step are seen: chunks go out one after the other. */
async function killInC4(version: "V1" | "V2"): Promise<string> {
	const plan_id = newPlanId(`killed-${version}`);
	const metadata = { orchestrator_version: version };
	await world.publish(
		buildDecision(buildPlan({ plan_id, tasks }), { metadata }),
	);
	await world.eventually(() => world.recordsOf("tickets", plan_id).length > 1);
	await world.killService();
	return plan_id;
}

test("service killed: in C4, under V1 and then under V2, no ticket is lost and no other is made", async () => {
	const v1 = await killInC4("V1");
	await world.startService();
	const v2 = await killInC4("V2");
	await world.startService();

	for (const plan_id of [v1, v2]) {
		assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
		const ids = world
			.recordsOf("tickets", plan_id)
			.map(({ body }) => body.ticket_id);
		assert.equal(new Set(ids).size, tasks.length);
		const documents = await world.eventually(async () => {
			const found = await world.documents("execution_tickets", { plan_id });
			return found.every(({ outcome }) => outcome !== null) && found;
		});
		assert.equal(documents.length, tasks.length);
		assert.ok(documents.every(({ outcome }) => outcome === "completed"));
		await world.eventually(
			() => world.recordsOf("telemetry", plan_id).length > 0,
		);
	}
});
