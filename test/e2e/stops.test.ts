import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });
const by = { actor: "ada", reason: "change freeze" };

async function post(path: string, body: object) {
	const response = await fetch(`${world.address()}/api/v1${path}`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(body),
	});
	const answer = (await response.json()) as Record<string, unknown>;
	return { status: response.status, body: answer };
}

async function health(): Promise<string> {
	return await (await fetch(`${world.address()}/health`)).text();
}

const stored = async (plan_id: string) =>
	(await world.documents("workflows", { plan_id }))[0];

test("stop: a domain's plans are held and seen in /health, and go on after the release", async () => {
	const stop = await post("/stops", {
		scope: "domain",
		value: "TECHNICAL",
		...by,
	});
	assert.equal(stop.status, 200);
	await world.eventually(async () =>
		/domain TECHNICAL is stopped by ada since .*: change freeze/.test(
			await health(),
		),
	);
	const plan_id = newPlanId("held");
	await world.publish(buildDecision(buildPlan({ plan_id, tasks: chain(2) })));
	await world.eventually(
		async () => (await stored(plan_id))?.status === "PAUSED",
	);
	assert.equal((await stored(plan_id))?.tenant, "TECHNICAL");
	const path = `/stops/${stop.body.stop_id}/release`;
	assert.equal((await post(path, by)).status, 200);
	await world.eventually(
		async () => (await stored(plan_id))?.status === "SUCCESS",
	);
});

test("stop: while intake is stopped no plan begins, by Kafka nor by REST", async () => {
	const stop = await post("/stops", { scope: "intake", ...by });
	await world.eventually(async () =>
		/intake is stopped by ada/.test(await health()),
	);
	const byRest = buildPlan({ plan_id: newPlanId("rest"), tasks: chain(1) });
	const refused = await world.eventually(async () => {
		const answer = await post("/plans", buildDecision(byRest));
		return answer.status === 503 && answer;
	});
	assert.equal(refused.body.code, "INTAKE_STOPPED");
	const plan_id = newPlanId("kafka");
	await world.publish(buildDecision(buildPlan({ plan_id, tasks: chain(1) })));
	await post(`/stops/${stop.body.stop_id}/release`, by);
	await world.eventually(
		async () => (await stored(plan_id))?.status === "SUCCESS",
	);
});

test("bulk cancel: ends the open plans that the filter means", async () => {
	const plan_id = newPlanId("bulk");
	const plan = buildPlan({ plan_id, tasks: chain(1), risk_band: "high" });
	await world.publish(buildDecision(plan, { requires_human_review: true }));
	await world.eventually(
		async () => (await stored(plan_id))?.status === "AWAITING_APPROVAL",
	);
	const filter = { status: "AWAITING_APPROVAL", risk_band: "high" };
	const preview = await post("/bulk-cancels/preview", { filter });
	assert.deepEqual(preview.body.plan_ids, [plan_id]);
	const bulk = await post("/bulk-cancels", { filter, ...by });
	assert.equal(bulk.status, 202);
	await world.eventually(
		async () => (await stored(plan_id))?.status === "CANCELLED",
	);
});
