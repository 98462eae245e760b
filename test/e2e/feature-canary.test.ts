import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import {
	armByShare,
	type FeatureArm,
	type FeatureName,
} from "../../src/domain/features/feature-arm.ts";
import type { FeatureReport } from "../../src/domain/features/feature-report.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const SHARE = 0.5;
// The OPA server is away: a plan is judged only where the embedded policies do it.
const world = await openServiceWorld(
	{ after },
	{
		agents: { count: 2 },
		env: {
			CANARY_ENABLED: "true",
			CANARY_PERCENTAGE: String(SHARE),
			CANARY_FEATURES: "binding_routing,embedded_policy",
			OPA_HOST: "127.0.0.1",
			OPA_PORT: "1",
			OPA_RETRY_ATTEMPTS: "0",
		},
	},
);

/** A plan of V2 whose id falls into these arms. */
async function start(arms: Record<FeatureName, FeatureArm>): Promise<string> {
	let plan_id = "";
	const isOf = ([feature, arm]: [string, FeatureArm]) =>
		armByShare(feature as FeatureName, plan_id, SHARE) === arm;
	do plan_id = newPlanId("canary");
	while (!Object.entries(arms).every(isOf));
	const tasks = ["a", "b"].map((task_id) => ({ task_id }));
	const metadata = { orchestrator_version: "V2" };
	const plan = buildPlan({ plan_id, risk_band: "low", tasks });
	await world.publish(buildDecision(plan, { metadata }));
	return plan_id;
}

async function report() {
	const response = await fetch(
		`${world.address()}/deploy/canary/report?hours=1`,
	);
	const { features } = (await response.json()) as FeatureReport;
	const of = (name: FeatureName) =>
		features.find(({ feature }) => feature === name);
	return { binding: of("binding_routing"), embedded: of("embedded_policy") };
}

/** Tickets that went to their worker. */
function boundBy(binding: FeatureReport["features"][number] | undefined) {
	const { calls = 0, failures = 0 } = binding?.canary ?? {};
	return calls - failures;
}

test("feature canary: embedded_policy judges the plans of its share, the others wait for the OPA server; binding_routing sends tickets to their workers", async () => {
	// Right after the start nobody knows yet which partitions an agent reads.
	const before = await world.eventually(async () => {
		const plan = {
			binding_routing: "canary",
			embedded_policy: "canary",
		} as const;
		await world.finalPlan(await start(plan));
		const { binding } = await report();
		return boundBy(binding) > 0 && boundBy(binding);
	});
	const waiting = await start({
		binding_routing: "stable",
		embedded_policy: "stable",
	});
	const bound = await start({
		binding_routing: "canary",
		embedded_policy: "canary",
	});
	const byKey = await start({
		binding_routing: "stable",
		embedded_policy: "canary",
	});
	for (const plan of [bound, byKey])
		assert.equal((await world.finalPlan(plan)).status, "SUCCESS");
	assert.notEqual((await world.api.plan(waiting))?.status, "SUCCESS");

	const { binding, embedded } = await world.eventually(async () => {
		const found = await report();
		const { binding, embedded } = found;
		const isCounted =
			(embedded?.stable.failures ?? 0) > 0 &&
			boundBy(binding) >= before + 2 &&
			binding?.stable.calls === 2;
		return isCounted && found;
	});
	assert.equal(embedded?.canary.failures, 0);
	assert.ok((embedded?.canary.calls ?? 0) >= 2);
	assert.equal(binding?.stable.failures, 0);
});

test("feature canary: disabled by a person, it is in force in the service within two seconds, and its plans go the other way", async () => {
	const post = async (verb: string) =>
		await fetch(`${world.address()}/deploy/canary/${verb}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({
				...{ feature: "embedded_policy", actor: "ada", reason: "trial" },
			}),
		});
	assert.equal((await post("disable")).status, 200);
	const late = await start({
		binding_routing: "stable",
		embedded_policy: "canary",
	});
	await world.eventually(async () => {
		const { embedded } = await report();
		return embedded?.disabled?.by === "ada";
	});
	assert.notEqual((await world.api.plan(late))?.status, "SUCCESS");
	assert.equal((await post("reset")).status, 200);
	assert.equal((await post("reset")).status, 409);
	assert.equal((await world.finalPlan(late)).status, "SUCCESS");
});
