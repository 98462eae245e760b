import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const HELD = 10;

const world = await openServiceWorld(
	{ after },
	{
		agents: { count: 0 },
		env: {
			// An attempt times out after six seconds.
			SLA_TICKET_MIN_TIMEOUT_MS: "2000",
			TICKET_QUEUE_ALLOWANCE_MS: "0",
			TICKET_WORKER_BACKOFF_MS: "0",
			TICKET_MAX_ATTEMPTS: "10",
		},
	},
);

function heldPlan(version: "V1" | "V2") {
	const tasks = Array.from({ length: HELD }, (_, at) => ({
		...{ task_id: `held-${at}`, estimated_duration_ms: 500 },
	}));
	const plan_id = newPlanId(`held-${version}`);
	return {
		plan_id,
		decision: buildDecision(buildPlan({ plan_id, risk_band: "low", tasks }), {
			metadata: { orchestrator_version: version },
		}),
	};
}

test("agent killed: the ten tickets of a plan in its hands time out, and go elsewhere with their next attempt", async () => {
	const [doomed, other] = [`${world.name}-doomed`, `${world.name}-other`];
	const agent = await world.openAgents(doomed, {
		concurrency: 2 * HELD,
		durationMs: { min: 500_000, max: 500_000 },
		// Far longer than an attempt: nobody learns of its death and takes the tickets over.
		leaseMs: 60_000,
	});
	const plans = [heldPlan("V1"), heldPlan("V2")];
	await world.publish(...plans.map(({ decision }) => decision));
	const ids = { plan_id: { $in: plans.map(({ plan_id }) => plan_id) } };
	const tickets = () => world.documents("execution_tickets", ids);
	await world.eventually(async () => {
		const begun = (await tickets()).filter(({ started_at }) => started_at);
		return begun.length === 2 * HELD;
	});
	await agent.kill();
	const quick = { concurrency: 50, durationMs: { min: 1, max: 20 } };
	await world.openAgents(other, quick, 2);

	for (const { plan_id } of plans) {
		const { status } = await world.finalPlan(plan_id);
		assert.equal(status, "SUCCESS");
		const attempts = await world.documents("ticket_attempts", { plan_id });
		const first = attempts.filter(({ attempt }) => attempt === 1);
		assert.deepEqual(
			first.map(({ outcome, agent_id }) => [outcome, agent_id]),
			Array(HELD).fill(["timed_out", `${doomed}-1`]),
		);
		const done = attempts.filter(({ outcome }) => outcome === "completed");
		assert.equal(new Set(done.map(({ task_id }) => task_id)).size, HELD);
		for (const { agent_id } of done) assert.match(agent_id, RegExp(other));
	}
	for (const { outcome, attempt } of await tickets())
		assert.ok(outcome === "completed" && attempt > 1);
});
